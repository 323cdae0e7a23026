"""A page of mixed styles: sources down, sources across, and what each pair gives."""

from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QLineEdit, QScrollArea, QWidget

from studio.errors import StudioError
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.generate.controller import MorphController
from studio.ui.generate.renderer import to_image
from studio.ui.theme import Theme
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Choice, Field, IconButton, column, label, row
from studio.ui.widgets.tile import paint_tile
from studio.ui.widgets.toast import copy_command

if TYPE_CHECKING:
    from studio.generate.network import Network, Pictures
    from studio.generate.outputs.style_mix import StyleMix
    from studio.generate.session import Endpoint

SMALLEST, LARGEST = 88, 280  # px of a tile, with its caption
TIER = 128  # px of the pictures
ENDS = {"a": "source", "b": "target"}  # what the fields call the ends of the morph


class MixGrid(QWidget):
    """The pictures, those of the sources at the left and at the top; the arrow keys walk."""

    chosen = Signal(int, int)  # row and column; 0 is that of the sources

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.images: dict[tuple[int, int], QImage] = {}
        self.rows: list[str] = []
        self.columns: list[str] = []
        self.place = (1, 1)
        self._side = SMALLEST
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("ownArrows", True)  # the arrows are not actions here
        self.setProperty("surface", "none")
        self.setAccessibleName(self.tr("Matrix of mixed styles, synthetic pictures"))
        theme.changed.connect(self.update)

    def show_names(self, rows: list[str], columns: list[str]) -> None:
        """Another matrix, its pictures still to come."""
        self.rows, self.columns, self.images = rows, columns, {}
        self.place = (min(self.place[0], len(rows)), min(self.place[1], len(columns)))
        self.updateGeometry()
        self.update()

    def set_image(self, place: tuple[int, int], image: QImage) -> None:
        self.images[place] = image
        self.update()

    def fit(self, room: QSize) -> None:
        """As large as the room allows, and not smaller than can be judged."""
        across, down = len(self.columns) + 1, len(self.rows) + 1
        side = min(room.width() // across, room.height() // down)
        self._side = min(max(side, SMALLEST), LARGEST)
        self.setFixedSize(across * self._side, down * self._side)

    def tile(self, place: tuple[int, int]) -> QRect:
        """Where a picture is drawn."""
        return QRect(place[1] * self._side, place[0] * self._side, self._side, self._side)

    def walk_to(self, down: int, across: int) -> None:
        """Put the frame on a picture."""
        place = (min(max(down, 0), len(self.rows)), min(max(across, 0), len(self.columns)))
        if place != self.place and place != (0, 0):
            self.place = place
            self.chosen.emit(*place)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: (0, -1),
            Qt.Key.Key_Right: (0, 1),
            Qt.Key.Key_Up: (-1, 0),
            Qt.Key.Key_Down: (1, 0),
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
            return
        self.walk_to(self.place[0] + step[0], self.place[1] + step[1])

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        at = event.position().toPoint()
        self.walk_to(at.y() // self._side, at.x() // self._side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        for down in range(len(self.rows) + 1):
            for across in range(len(self.columns) + 1):
                place = (down, across)
                if place == (0, 0) or not self.tile(place).intersects(event.rect()):
                    continue
                caption = ""
                if not down:
                    caption = self.columns[across - 1]
                elif not across:
                    caption = self.rows[down - 1]
                else:
                    caption = " "  # an empty line, so that all pictures are of one size
                image, framed = self.images.get(place), place == self.place
                paint_tile(painter, self.tile(place), self._theme, image, caption, framed)
        painter.end()


class StyleMixPage(QWidget):
    """Which sources and layers are mixed; the matrix; saving it, and the command that makes it."""

    left = Signal()
    _made = Signal(int, object, object)  # generation, place, QImage; from the rendering thread

    def __init__(self, context: StudioContext, controller: MorphController) -> None:
        super().__init__()
        self.context, self.controller = context, controller
        self.wanted: StyleMix | None = None
        self.saving = False
        self._generation = 0
        self._asked: set[Future[Any]] = set()
        self.grid = MixGrid(context.theme)
        self.rows, self.columns = QLineEdit("A, B"), QLineEdit("0-4")
        self.layers = QLineEdit()
        self.group = Choice(
            [
                ("shape", self.tr("Shape")),
                ("pattern", self.tr("Pattern")),
                ("colour", self.tr("Colour")),
                (None, self.tr("as below")),
            ]
        )
        hint = self.tr("Seeds such as 3, 10-14; A and B are the ends of the morph; a latent .npz")
        self.rows_field = Field(self.tr("Down"), self.rows)
        self.columns_field = Field(self.tr("Across"), self.columns)
        self.layers_field = Field(self.tr("Its layers"), self.layers)
        for edit, name in (
            (self.rows, self.tr("Sources down")),
            (self.columns, self.tr("Sources across")),
        ):
            edit.setAccessibleName(name)
            edit.setToolTip(hint)
        self.layers.setAccessibleName(self.tr("Layers that come from the sources across"))
        self.layers.setToolTip(self.tr("Such as 0-5,8: low ones give the shape, high the colours"))
        self.back = Button(self.tr("Back"), self.left.emit)
        self.save_button = Button(self.tr("Save the matrix…"), self.choose_save)
        self.command = QLineEdit()
        self.command.setReadOnly(True)
        self.command.setAccessibleName(self.tr("The command that makes this matrix"))
        self.copy_button = IconButton(
            context.theme, "copy", self.tr("Copy the command"), self.copy, size=16
        )
        self.area = QScrollArea()
        self.area.setWidget(self.grid)
        self.area.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.viewport().installEventFilter(self)
        self.note = label("", "small", wrap=True)
        bar = row(
            self.rows_field,
            self.columns_field,
            Field(self.tr("From those across"), self.group),
            self.layers_field,
            None,
            column(None, self.save_button),
            column(None, self.back),
        )
        layout = column(bar, self.area, self.note, row(self.command, self.copy_button))
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._made.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        for edit in (self.rows, self.columns, self.layers):
            edit.editingFinished.connect(self.refresh)
        self.group.chosen.connect(self._group_chosen)
        self.grid.chosen.connect(lambda *_: self._show_description())
        controller.session_changed.connect(self._session_changed)
        controller.opened.connect(self._opened)
        controller.closed.connect(self._forget)

    @property
    def busy(self) -> bool:
        """Whether pictures are still to come, or to be saved."""
        return self.isVisible() and (bool(self._asked) or self.saving)

    def refresh(self) -> None:
        """Make the matrix of what the fields say, if that is another one."""
        wanted = self._read()
        if wanted is None or wanted == self.wanted:
            return
        self.wanted = wanted
        self._show_group()
        self.grid.show_names(self._names(wanted.rows), self._names(wanted.columns))
        self.grid.fit(self.area.viewport().size())
        session = self.controller.session
        assert session is not None
        self.command.setText(wanted.command(session.network))
        self.command.setCursorPosition(0)
        self._show_description()
        self._request_images(wanted)

    def copy(self) -> None:
        """The command to the clipboard."""
        copy_command(self, self.command.text())

    def choose_save(self) -> None:
        """Ask where to save the matrix, and save it."""
        project = self.context.project
        folder = project.exports_dir if project else Path.home()
        found, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Save the matrix"),
            str(folder / "style-mix.png"),
            self.tr("PNG pictures (*.png)"),
        )
        if found:
            self.save(Path(found if found.lower().endswith(".png") else f"{found}.png"))

    def save(self, path: Path) -> None:
        """Render the matrix at full size and write it with what it was made of."""
        wanted, network, renderer = self.wanted, self.controller.network, self.controller.renderer
        if wanted is None or network is None or renderer is None or self.saving:
            return
        engine = renderer.engine
        self.saving = True
        self.save_button.setEnabled(False)
        self.note.setText(self.tr("Rendering the matrix at full size…"))

        def work(_control: object) -> None:
            from studio.generate.outputs.style_mix import cells, page, write_matrix
            from studio.generate.render.engine import Latent

            def render(ws: Any) -> "Pictures":
                return engine.later(lambda _: engine.picture(Latent(ws)), 1).result()

            pictures, _ = cells(network, wanted, render)
            write_matrix(path, page(pictures), network, wanted)

        def ended() -> None:
            self.saving = False
            self.save_button.setEnabled(True)
            self._show_description()

        task = Task(work)
        task.done.connect(lambda _: self.context.toast(self.tr("{0} is saved.").format(path.name)))
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.ended.connect(ended)
        task.start()

    # Qt

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.grid.fit(self.area.viewport().size())
        return False

    def showEvent(self, event: QEvent) -> None:
        self.wanted = None  # the ends may be others by now
        self.refresh()

    def hideEvent(self, event: QEvent) -> None:
        self._forget()

    # The fields

    def _read(self) -> "StyleMix | None":
        """What the fields say; None, and said at the field, where that is nothing."""
        from studio.generate.outputs.style_mix import StyleMix, parse_layers

        session, network = self.controller.session, self.controller.network
        if session is None or network is None or not self.isVisible():
            return None
        count = network.config.num_ws
        found: list[Any] = []
        fields: list[tuple[Field, QLineEdit, Callable[[str], Any]]] = [
            (self.rows_field, self.rows, self._sources),
            (self.columns_field, self.columns, self._sources),
            (self.layers_field, self.layers, lambda text: parse_layers(text, count)),
        ]
        for field, edit, read in fields:
            try:
                found.append(read(edit.text()))
                field.set_error("")
            except StudioError as error:
                field.set_error(str(error))
        if len(found) < 3:
            return None
        rows, columns, layers = found
        try:
            truncation, class_name = session.truncation, session.source.class_name
            return StyleMix(rows, columns, layers, truncation, class_name)
        except StudioError as error:
            self.columns_field.set_error(str(error))
            return None

    def _sources(self, text: str) -> "list[Endpoint]":
        """Seeds and ends; A and B are those of the morph."""
        from studio.generate.outputs.style_mix import parse_sources

        ends = {name: getattr(self.controller.session, end) for name, end in ENDS.items()}
        return parse_sources(text, ends)

    def _names(self, sources: "list[Endpoint]") -> list[str]:
        """What the pictures of the sources are called."""
        session = self.controller.session
        names = {} if session is None else {end: getattr(session, end) for end in ENDS.values()}
        found = []
        for one in sources:
            ends = [name.upper() for name, end in ENDS.items() if names.get(end) == one]
            if ends:
                found.append(ends[0])
            elif one.kind == "seed":
                found.append(f"{one.seed} {one.class_name or ''}".strip())
            else:
                found.append(Path(one.photograph or one.latent or "").name)
        return found

    def _group_chosen(self, group: str | None) -> None:
        from studio.generate.latent.layers import rows_of
        from studio.generate.outputs.style_mix import layers_text

        if group is None or self.controller.network is None:
            self.layers.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        rows = rows_of(group, self.controller.network.config.num_ws)  # type: ignore[arg-type]
        self.layers.setText(layers_text(rows))
        self.refresh()

    def _show_group(self) -> None:
        """The group that the layers are, if they are one."""
        from studio.generate.latent.layers import GROUPS, rows_of

        assert self.wanted is not None
        assert self.controller.network is not None
        count = self.controller.network.config.num_ws
        named = [one for one in GROUPS if list(rows_of(one, count)) == self.wanted.layers]
        blocked = self.group.blockSignals(True)
        self.group.set_value(named[0] if named else None)
        self.group.blockSignals(blocked)

    def _show_description(self) -> None:
        """What the framed picture is."""
        wanted, (down, across) = self.wanted, self.grid.place
        if wanted is None or self.saving:
            return
        rows, columns = self.grid.rows, self.grid.columns
        if down and across:
            words = self.tr("{0} with the layers {1} of {2}.").format(
                rows[down - 1], self.layers.text().strip(), columns[across - 1]
            )
        else:
            words = f"{rows[down - 1] if down else columns[across - 1]}."
        self.grid.setAccessibleDescription(words)
        self.note.setText(words + " " + self.tr("Synthetic pictures, previews."))

    # The pictures

    def _opened(self) -> None:
        self.wanted = None
        self._group_chosen("shape")

    def _session_changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def _forget(self) -> None:
        self._generation += 1
        asked, self._asked = self._asked, set()
        for future in asked:
            future.cancel()

    def _request_images(self, wanted: "StyleMix") -> None:
        """Have the latents made in the rendering thread, and then the pictures one by one."""
        self._forget()
        renderer = self.controller.renderer
        if renderer is None:
            return
        engine, generation = renderer.engine, self._generation

        def later(work: "Callable[[Network], Any]", urgency: int) -> "Future[Any]":
            future = engine.later(work, urgency)
            self._asked.add(future)
            return future

        def make(_network: "Network") -> object:
            return wanted.latents(_network)

        def known(future: "Future[Any]") -> None:
            if not future.cancelled():
                self._made.emit(generation, None, future)

        later(make, 6).add_done_callback(known)

    def _latents_known(self, future: "Future[Any]") -> None:
        """Ask for the pictures: the sources first, then row by row."""
        from studio.generate.latent.layers import mix
        from studio.generate.render.engine import Latent

        self._asked.discard(future)
        renderer, wanted = self.controller.renderer, self.wanted
        if renderer is None or wanted is None:
            return
        if future.exception() is not None:
            self.note.setText(str(future.exception()))
            return
        engine, generation = renderer.engine, self._generation
        rows, columns = future.result()
        latents = {(0, across): one for across, one in enumerate(columns, 1)}
        latents |= {(down, 0): one for down, one in enumerate(rows, 1)}
        for down, one in enumerate(rows, 1):
            for across, other in enumerate(columns, 1):
                latents[down, across] = mix(one, other, wanted.layers)
        size = engine.sizes((TIER,))[0]

        def preview(ws: Any, _network: "Network") -> "Pictures":
            return engine.picture(Latent(ws), "const", size)

        def arrived(place: tuple[int, int], made: "Future[Any]") -> None:
            if not made.cancelled() and made.exception() is None:
                self._made.emit(generation, place, (made, to_image(made.result())))

        for place, ws in latents.items():
            made = engine.later(partial(preview, ws), 5)
            self._asked.add(made)
            made.add_done_callback(partial(arrived, place))

    def _receive(self, generation: int, place: tuple[int, int] | None, found: Any) -> None:
        if generation != self._generation:
            return
        if place is None:
            self._latents_known(found)
            return
        future, image = found
        self._asked.discard(future)
        self.grid.set_image(place, image)
