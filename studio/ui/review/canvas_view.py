"""What part of a photograph the canvas shows: zoom, panning, and following the box asked about.

Squares are in pixels of the upright picture at full resolution.
"""

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from studio.imaging import Square
from studio.ui.picture_layer import PictureLayer
from studio.ui.review.zoom import (
    Corners,
    Zoom,
    around_box,
    corners_of,
    is_seen,
    whole_in_sight,
)
from studio.ui.view_transform import ViewTransform

PAN_SHARE = 0.2  # of the canvas, by one key


class CanvasView(QWidget):
    """The picture's layer and the view of it. A subclass says which squares matter, and paints."""

    view_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layer = PictureLayer()
        self.view = ViewTransform()
        self.zoom_kind = Zoom.FIT
        self.keep_zoom = False  # over boxes and pictures
        self._chosen_scale = 1.0  # by the reader, where the zoom is free

    @property
    def current_square(self) -> Square | None:
        """The square of the box asked about."""
        raise NotImplementedError

    @property
    def active_square(self) -> Square | None:
        """The square that is edited or placed."""
        raise NotImplementedError

    def fit(self) -> None:
        """The whole picture."""
        self.zoom_kind = Zoom.FIT
        self._set_view(self._fitted())

    def _fitted(self) -> ViewTransform:
        layer = self.layer
        return ViewTransform.fit(layer.width, layer.height, self.width(), self.height())

    def fit_box(self) -> None:
        """The current box, as large as it can well be judged; without one, the whole picture."""
        square = self.current_square
        if square is None:
            self.fit()
            return
        self.zoom_kind = Zoom.BOX
        self._set_view(around_box(square, self.width(), self.height()))

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Closer by `factor`, about a view point, else about the current box, which stays in
        sight."""
        self._zoom_about(factor, at, min(self._fitted().scale, 1.0) * 0.5)

    def zoom_to_pixels(self) -> None:
        """One image pixel to one device pixel, about the current box."""
        self._zoom_about(1 / (self.view.scale * self.devicePixelRatioF()), None, 0.01)

    def _zoom_about(self, factor: float, at: QPointF | None, smallest: float) -> None:
        square = None if at is not None else self.active_square or self.current_square
        about = at or QPointF(self.width() / 2, self.height() / 2)
        if square is not None:
            about = QPointF(*self.view.to_view(square.cx, square.cy))
        self._set_free(self.view.zoomed(factor, about.x(), about.y(), smallest))
        if square is not None:
            self.reveal(square)

    def pan(self, right: int, down: int) -> None:
        """Look further right and down by so many steps of a fifth of the canvas."""
        step = PAN_SHARE * min(self.width(), self.height())
        self._set_free(self.view.panned(-right * step, -down * step))

    def _set_free(self, view: ViewTransform) -> None:
        """A view that the reader chose."""
        self.zoom_kind, self._chosen_scale = Zoom.FREE, view.scale
        self._set_view(view)

    def follow(self, *, fresh: bool) -> None:
        """Another box is current, on a `fresh` picture or on the same: have it in sight."""
        square = self.current_square
        if self.zoom_kind is Zoom.FIT:
            self.fit()
        elif self.zoom_kind is Zoom.BOX:
            self._follow_filling(square, fresh)
        elif fresh or self.view.scale != self._chosen_scale:
            at = (self.layer.width / 2, self.layer.height / 2)
            if square is not None:
                at = (square.cx, square.cy)
            view = ViewTransform(self._chosen_scale)
            self._set_view(view.centred(*at, self.width(), self.height()))
        elif square is not None:
            self.reveal(square)

    def _follow_filling(self, square: Square | None, fresh: bool) -> None:
        if square is None:
            if fresh:
                self._set_view(self._fitted())
        elif self.keep_zoom:
            self.fit_box()
        else:
            self.reveal(square)

    def is_in_sight(self, square: Square) -> bool:
        """Whether enough of a square is on the canvas for a decision about it."""
        return is_seen(self.view, self._corners(square), self.width(), self.height())

    def is_whole_in_sight(self, square: Square) -> bool:
        """Whether all of a square is on the canvas."""
        left, top, right, bottom = self._corners(square)
        x0, y0 = self.view.to_view(left, top)
        x1, y1 = self.view.to_view(right, bottom)
        return x0 >= -1 and y0 >= -1 and x1 <= self.width() + 1 and y1 <= self.height() + 1

    def reveal(self, square: Square) -> None:
        """Pan, no further than need be, so that a square is in sight."""
        corners = self._corners(square)
        self._set_view(self.view.showing(corners, self.width(), self.height()))

    def reveal_whole(self, squares: Sequence[Square]) -> None:
        """Pan, and zoom out where that is not enough, so that all of these are in sight."""
        parts = [self._corners(square) for square in squares]
        xs = [x for part in parts for x in part[::2]]
        ys = [y for part in parts for y in part[1::2]]
        corners = (min(xs), min(ys), max(xs), max(ys))
        if self.zoom_kind is Zoom.FIT:
            self.fit()
        self._set_view(whole_in_sight(self.view, corners, self.width(), self.height()))

    def _corners(self, square: Square) -> Corners:
        return corners_of(square, self.layer.width, self.layer.height)

    def _set_view(self, view: ViewTransform) -> None:
        if self.layer.width:
            view = view.bounded(self.layer.width, self.layer.height, self.width(), self.height())
        self.view = view
        self.view_changed.emit()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.zoom_kind is Zoom.FIT:
            self.fit()
            return
        square = self.current_square
        before = event.oldSize()
        seen = square is not None and is_seen(
            self.view, self._corners(square), before.width(), before.height()
        )
        grown = event.size() - before
        middle = before.isValid()  # what was in the middle stays there
        dx, dy = (grown.width() / 2, grown.height() / 2) if middle else (0.0, 0.0)
        self._set_view(self.view.panned(dx, dy))
        if square is not None and seen:
            self.follow(fresh=False)
