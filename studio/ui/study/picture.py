"""The picture that is judged: large, on neutral ground, and nothing beside it."""

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID

_MOST = 6  # times its size at most: more shows the filter, not the lesion


class StudyPicture(QWidget):
    """`painted(token)` once a picture is on the screen."""

    painted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        self._token = ""
        self._told = ""
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 120)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("studioKeys", True)
        self.setAccessibleName(self.tr("Picture to judge"))
        theme.changed.connect(self.update)

    @property
    def token(self) -> str:
        """Whose picture is shown, or ""."""
        return self._token

    @property
    def words(self) -> str:
        """The sentence that stands in place of a picture, or ""."""
        return self._words

    def show_picture(self, token: str, image: QImage) -> None:
        """Another picture; the same one again is news only after `clear`."""
        if token != self._token:
            self._token, self._image, self._words = token, image, ""
            self._told = ""
            self.update()

    def clear(self, words: str = "") -> None:
        """Nothing, or a sentence instead."""
        self._token, self._image, self._words = "", None, words
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def place(self) -> QRect:
        """Where the picture is drawn."""
        room = self.rect().adjusted(GRID, GRID, -GRID, -GRID)
        side = min(room.width(), room.height())
        if self._image is not None:
            side = min(side, _MOST * self._image.width())
        place = QRect(0, 0, side, side)
        place.moveCenter(room.center())
        return place

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), self._theme.color("canvas"))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self.place(), self._image)
            if self._told != self._token:
                self._told = self._token
                QTimer.singleShot(0, self._report_painted)
        elif self._words:
            painter.setPen(self._theme.color("text"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(48, 48, -48, -48), flags, self._words)
        painter.end()

    def _report_painted(self) -> None:
        if self._token:
            self.painted.emit(self._token)
