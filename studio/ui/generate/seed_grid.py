"""Every seed as a small picture: a grid to walk, rendered for the rows in sight only."""

from collections import OrderedDict
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRect, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from studio.ui.generate.controller import MorphController
from studio.ui.generate.renderer import to_image
from studio.ui.theme import Theme
from studio.ui.widgets.tile import paint_tile

if TYPE_CHECKING:
    from studio.generate.network import Network, Pictures

SEEDS = 100_000
TILE = 120  # px, with its caption: about what a tile has, so that whole ones fill the grid
_CAPTION = 28  # px of a tile's height that are not its picture's
TIER = 64  # px of the pictures
_KEPT = 1200  # pictures


class SeedGrid(QAbstractScrollArea):
    """Arrow keys, Page and Home walk; `chosen(seed)` when another seed has the frame."""

    chosen = Signal(int)
    _made = Signal(int, int, object)  # generation, seed, QImage; from the rendering thread

    def __init__(self, theme: Theme, controller: MorphController) -> None:
        super().__init__()
        self._theme, self.controller = theme, controller
        self.seed = 0
        self.class_name: str | None = None  # of the pictures; None where the network has none
        self.images: OrderedDict[int, QImage] = OrderedDict()
        self._asked: dict[int, Future[Pictures]] = {}
        self._generation = 0
        self._look: tuple[object, ...] = ()
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Grid of seeds, synthetic pictures"))
        self._made.connect(self._receive_image, Qt.ConnectionType.QueuedConnection)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._request_images())
        theme.changed.connect(self.viewport().update)
        controller.session_changed.connect(self._session_changed)
        controller.closed.connect(self._forget)

    @property
    def columns(self) -> int:
        return max(1, round(self.viewport().width() / TILE))

    @property
    def rows_in_sight(self) -> int:
        return max(1, round(self.viewport().height() / TILE))

    def tile(self, seed: int) -> QRect:
        """Where a seed is drawn: whole columns fill the width, and whole rows the height."""
        row, column = divmod(seed - self.verticalScrollBar().value() * self.columns, self.columns)
        width, height = self.viewport().width(), self.viewport().height()
        left, right = (width * n // self.columns for n in (column, column + 1))
        top, bottom = (height * n // self.rows_in_sight for n in (row, row + 1))
        return QRect(left, top, right - left, bottom - top)

    def walk_to(self, seed: int) -> None:
        """Put the frame on a seed and bring it into sight."""
        seed = min(max(seed, 0), SEEDS - 1)
        if seed != self.seed:
            self.seed = seed
            self.chosen.emit(seed)
        bar, row = self.verticalScrollBar(), seed // self.columns
        if row < bar.value():
            bar.setValue(row)
        elif row >= bar.value() + self.rows_in_sight:
            bar.setValue(row - self.rows_in_sight + 1)
        self.setAccessibleDescription(self.tr("Seed {0}").format(self.seed))
        self.viewport().update()

    def show_class(self, name: str | None) -> None:
        """Show every seed as a picture of this class."""
        if name != self.class_name:
            self.class_name = name
            self._session_changed()

    def in_sight(self) -> range:
        """The seeds that can be seen now."""
        first = self.verticalScrollBar().value() * self.columns
        return range(first, min(first + self.rows_in_sight * self.columns, SEEDS))

    @property
    def busy(self) -> bool:
        return self.isVisible() and any(seed not in self.images for seed in self.in_sight())

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        page = self.rows_in_sight * self.columns
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -self.columns,
            Qt.Key.Key_Down: self.columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -SEEDS,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            event.ignore()
            return
        self.walk_to(self.seed + step)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        found = (seed for seed in self.in_sight() if self.tile(seed).contains(place))
        self.walk_to(next(found, self.seed))

    def resizeEvent(self, event: QResizeEvent) -> None:
        bar, rows = self.verticalScrollBar(), -(-SEEDS // self.columns)
        bar.setRange(0, max(0, rows - self.rows_in_sight))  # in rows, so that none is cut
        bar.setSingleStep(1)
        bar.setPageStep(self.rows_in_sight)
        self.walk_to(self.seed)
        self._request_images()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.EnabledChange:
            self.viewport().update()

    def showEvent(self, event: QEvent) -> None:
        self._request_images()

    def hideEvent(self, event: QEvent) -> None:
        self._cancel(set())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        for seed in self.in_sight():
            place, image = self.tile(seed), self.images.get(seed)
            if image is not None:  # a tile enlarges nothing by itself
                side = min(place.width() - 8, place.height() - _CAPTION)
                image = image.scaled(side, side, mode=Qt.TransformationMode.SmoothTransformation)
            paint_tile(painter, place, self._theme, image, str(seed), seed == self.seed)
        painter.end()

    # Pictures

    def _session_changed(self) -> None:
        session = self.controller.session
        if session is None:
            return
        look = (session.network_sha256, session.truncation, self.class_name)
        if look != self._look:
            self._look = look
            self._forget()
            self._request_images()

    def _forget(self) -> None:
        self._generation += 1
        self._cancel(set())
        self.images.clear()
        self.viewport().update()

    def _cancel(self, wanted: set[int]) -> None:
        for seed in [seed for seed in self._asked if seed not in wanted]:
            self._asked.pop(seed).cancel()

    def _request_images(self) -> None:
        renderer, session = self.controller.renderer, self.controller.session
        if renderer is None or session is None or not self.isVisible():
            return
        engine, generation = renderer.engine, self._generation
        wanted = set(self.in_sight())
        self._cancel(wanted)
        size, class_name = engine.sizes((TIER,))[0], self.class_name

        def render(seed: int, network: "Network") -> "Pictures":
            from studio.generate.render.engine import Latent

            c = network.class_vector(class_name)
            ws = network.mapping(network.latent(seed), c, session.truncation)
            return engine.picture(Latent(ws[0]), "const", size)

        def arrived(seed: int, future: "Future[Pictures]") -> None:
            if not future.cancelled() and future.exception() is None:
                self._made.emit(generation, seed, to_image(future.result()))

        for seed in sorted(wanted - set(self.images) - set(self._asked)):
            future = engine.later(partial(render, seed), 5)
            self._asked[seed] = future
            future.add_done_callback(partial(arrived, seed))

    def _receive_image(self, generation: int, seed: int, image: QImage) -> None:
        if generation != self._generation:
            return
        self._asked.pop(seed, None)
        self.images[seed] = image
        while len(self.images) > _KEPT:
            self.images.popitem(last=False)
        self.viewport().update()
