"""One end of the morph: a seed, a saved latent, or a photograph with its projection."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.generate.controller import MorphController
from studio.ui.generate.path_measurement import STRIP_TIER
from studio.ui.generate.projection_row import ProjectionRow
from studio.ui.generate.renderer import to_image
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, ImageTile, IntField, PathField, column, label, row
from studio.ui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from concurrent.futures import Future

    from studio.generate.network import Pictures
    from studio.generate.session import Endpoint

SEED_MOST = 2**31 - 1  # what a spin box holds; session files go on to 2**32
KINDS = ("seed", "latent", "photograph")
PICTURE = 96  # px; the side of the picture of an end
_SEED, _CLASS = 88, 180  # px; beside one another in a panel that scrolls


class EndpointPanel(QWidget):
    """Shows `source` or `target` of the controller's session, its picture first, and changes it."""

    project_requested = Signal(str, int)  # photograph, steps
    _made = Signal(object, object)  # path pictures, QImage; from the rendering thread

    def __init__(self, controller: MorphController, theme: Theme, which: str, title: str) -> None:
        super().__init__()
        self.controller, self.which = controller, which
        self._filling = False
        self._known: Endpoint | None = None  # what is shown
        self.kind = Choice(
            [
                ("seed", self.tr("Seed")),
                ("latent", self.tr("Saved latent")),
                ("photograph", self.tr("Photograph")),
            ]
        )
        self.kind.setAccessibleName(self.tr("{0}: kind").format(title))
        self.class_name = Choice()
        self.class_name.setMinimumWidth(_CLASS)
        self.class_field = Field(self.tr("Class"), self.class_name)
        self.class_name.setAccessibleName(self.tr("{0}: class").format(title))
        self.seed = IntField()
        self.seed.setRange(0, SEED_MOST)
        self.seed.setAccelerated(True)
        self.seed.setMinimumWidth(_SEED)
        self.seed_field = Field(self.tr("Seed"), self.seed)
        self.seed.setAccessibleName(self.tr("{0}: seed").format(title))
        self.latent = PathField(
            self.tr("{0}: latent").format(title), "file", "projected_w.npz", "*.npz"
        )
        self.projection = ProjectionRow(theme, title)
        self.stack = QStackedWidget()
        for part in (self.seed_field, self.latent, self.projection):
            self.stack.addWidget(part)
        self.error = label("", "error", wrap=True)
        self.error.hide()
        self.picture = ImageTile(theme, "", PICTURE)
        self.picture.setFixedSize(PICTURE, PICTURE)
        self.picture.setAccessibleName(self.tr("{0}: its picture, synthetic").format(title))
        self.mark = label(self.tr("synthetic"), "small")
        self.probability = ElidedLabel(role="small")
        words = column(
            label(title, "heading"), self.mark, self.probability, None, self.kind, gap=GRID // 2
        )
        head = row(self.picture, words)
        head.setStretch(1, 1)
        # A seed and its class are short enough for one line; files need a line of their own.
        self._fields = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._fields.setSpacing(GRID)
        self._fields.addWidget(self.stack, _SEED)
        self._fields.addWidget(self.class_field, _CLASS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addLayout(self._fields)
        layout.addWidget(self.error)
        self._connect()

    def _connect(self) -> None:
        self.kind.chosen.connect(self._kind_chosen)
        self.class_name.chosen.connect(lambda _: self._commit())
        self.seed.valueChanged.connect(lambda _: self._commit())
        self.latent.edit.editingFinished.connect(self._commit)
        self.latent.changed.connect(self._latent_changed)
        self.projection.requested.connect(self.project_requested)
        self.controller.session_changed.connect(self.refresh)
        self.controller.opened.connect(self._network_opened)
        self.controller.path_changed.connect(self._request_picture)
        self.controller.closed.connect(lambda: self.picture.set_image(None))
        self._made.connect(self._take_picture, Qt.ConnectionType.QueuedConnection)

    @property
    def endpoint(self) -> "Endpoint | None":
        session = self.controller.session
        return None if session is None else getattr(session, self.which)

    def refresh(self) -> None:
        """Show what the session says."""
        endpoint = self.endpoint
        if endpoint is None or endpoint == self._known:
            return  # nothing of this end changed: a kind chosen but not yet filled in stays
        known, self._known = self._known, endpoint
        self._filling = True
        self.class_name.set_value(endpoint.class_name)
        if (
            known is None
            or known.model_copy(update={"class_name": endpoint.class_name}) != endpoint
        ):
            self._show(endpoint)
        self._filling = False

    def _show(self, endpoint: "Endpoint") -> None:
        self.kind.set_value(endpoint.kind)
        self._show_kind(endpoint.kind)
        if endpoint.kind == "seed":
            self.seed.setValue(min(endpoint.seed or 0, SEED_MOST))
        elif endpoint.kind == "latent":
            self.latent.set_text(endpoint.latent or "")
        else:
            self.projection.show_photograph(endpoint.photograph or "")

    @property
    def t(self) -> float:
        """Where on the path this end lies: a loop goes on behind B."""
        session, path = self.controller.session, self.controller.path
        if self.which == "source":
            return 0.0
        loop = session is not None and session.closed and path is not None
        return path.keyframes[-2] if loop and path is not None else 1.0

    def show_probability(self, words: str) -> None:
        """What the first classifier makes of this end; "" where that is not known."""
        self.probability.set_text(words)

    def _request_picture(self) -> None:
        pictures = self.controller.pictures
        if pictures is None:
            return

        def arrived(future: "Future[Pictures]") -> None:
            if not future.cancelled() and future.exception() is None:
                self._made.emit(pictures, to_image(future.result()))

        pictures.at(self.t, STRIP_TIER, 3).add_done_callback(arrived)

    def _take_picture(self, pictures: object, image: QImage) -> None:
        if pictures is self.controller.pictures:
            side = PICTURE - GRID  # a tile enlarges nothing by itself
            smooth = Qt.TransformationMode.SmoothTransformation
            self.picture.set_image(image.scaled(side, side, mode=smooth))

    def set_error(self, sentence: str) -> None:
        """What is wrong with this end, or nothing."""
        self.error.setText(sentence)
        self.error.setVisible(bool(sentence))

    def take_projection(self, photograph: str, folder: Path, class_name: str | None) -> None:
        """A projection is there, made for a class: it is this end now."""
        self.controller.set_end(
            self.which,
            kind="photograph",
            photograph=photograph,
            latent=str(folder / "projected_w.npz"),
            class_name=class_name,
        )

    def _network_opened(self) -> None:
        names = self.controller.classes
        self._filling = True
        self.class_name.set_options([(name, name) for name in names])
        self._filling = False
        self.class_field.setVisible(bool(names))
        self._known = None
        self.refresh()

    def _kind_chosen(self, kind: str) -> None:
        self._show_kind(kind)
        self.set_error("")
        if not self._filling and (kind == "seed" or (kind == "latent" and self.latent.text())):
            self._commit()

    def _show_kind(self, kind: str) -> None:
        self.stack.setCurrentIndex(KINDS.index(kind))
        # As large as what it shows: a stack would keep the size of its largest page.
        for page in (self.seed_field, self.latent, self.projection):
            here = page is self.stack.currentWidget()
            policy = QSizePolicy.Policy.Preferred if here else QSizePolicy.Policy.Ignored
            page.setSizePolicy(policy, policy)
        self.stack.updateGeometry()
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._fields.setDirection(across if kind == "seed" else down)

    def _latent_changed(self, text: str) -> None:
        if text.endswith(".npz") and Path(text).is_file() and not self.latent.edit.hasFocus():
            self._commit()

    def _commit(self) -> None:
        kind = self.kind.value()
        endpoint = self.endpoint
        if self._filling or endpoint is None:
            return
        self.set_error("")
        class_name = self.class_name.value() if self.controller.classes else None
        if kind == "photograph":  # the class is for its next projection
            changed = endpoint.model_copy(update={"class_name": class_name})
            self.controller.update(**{self.which: changed})
            return
        if kind == "seed":
            self.controller.set_end(
                self.which, kind="seed", seed=self.seed.value(), class_name=class_name
            )
        elif self.latent.text():
            self.controller.set_end(
                self.which, kind="latent", latent=self.latent.text(), class_name=class_name
            )

    def focus(self) -> None:
        """Put the focus on the kind of this end."""
        self.kind.setFocus(Qt.FocusReason.OtherFocusReason)
