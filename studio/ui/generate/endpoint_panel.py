"""One end of the morph: a seed, a saved latent, or a photograph with its projection."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from studio.ui.generate.controller import MorphController
from studio.ui.generate.projection_row import ProjectionRow
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, IntField, PathField, column, label

if TYPE_CHECKING:
    from studio.generate.session import Endpoint

SEED_MOST = 2**31 - 1  # what a spin box holds; session files go on to 2**32
KINDS = ("seed", "latent", "photograph")


class EndpointPanel(QWidget):
    """Shows `source` or `target` of the controller's session and changes it."""

    project_requested = Signal(str, int)  # photograph, steps

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
        self.class_field = Field(self.tr("Class"), self.class_name)
        self.class_name.setAccessibleName(self.tr("{0}: class").format(title))
        self.seed = IntField()
        self.seed.setRange(0, SEED_MOST)
        self.seed.setAccelerated(True)
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(column(label(title, "heading"), self.kind, self.stack, self.class_field))
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
        # As high as what it shows: a stack would keep the height of its tallest page.
        vertical = QSizePolicy.Policy
        for page in (self.seed_field, self.latent, self.projection):
            here = page is self.stack.currentWidget()
            page.setSizePolicy(vertical.Preferred, vertical.Preferred if here else vertical.Ignored)
        self.stack.updateGeometry()

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
