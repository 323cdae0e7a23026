"""The picture at t, as large as the window lets it be, marked as synthetic."""

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, SMALL
from studio.wording import significant


class PictureView(QWidget):
    """Fits the picture; enlarges whole multiples of its pixels smoothly. `pressed` takes focus."""

    pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.image: QImage | None = None
        self.final = False
        self.resolution = 0  # px of the full picture's side; its previews are smaller
        self.note = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Synthetic picture"))
        theme.changed.connect(self.update)

    def show_image(self, image: QImage, final: bool) -> None:
        """Another picture, a preview or the full one."""
        self.image, self.final = image, final
        self.update()

    def clear(self) -> None:
        self.image = None
        self.update()

    def set_note(self, note: str) -> None:
        """What stands beside the mark, such as the probability of this picture."""
        self.note = note
        self.setAccessibleDescription(note)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(512, 512)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.pressed.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    def place(self) -> QRect:
        """Where the picture is drawn, a caption line free below."""
        room = self.rect().adjusted(GRID, GRID, -GRID, -GRID - SMALL - GRID)
        side = min(room.width(), room.height())
        place = QRect(0, 0, side, side)
        place.moveCenter(room.center())
        return place

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        place = self.place()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if self.image is None:
            painter.fillRect(place, self._theme.color("panel"))
        else:
            painter.drawImage(place, self.image)
        if self.hasFocus():
            painter.setPen(QPen(self._theme.color("accent"), 2))
            painter.drawRect(place.adjusted(-2, -2, 2, 2))
        self._paint_caption(painter, place)
        painter.end()

    def caption(self) -> str:
        """What stands under the picture; "" while there is none."""
        if self.image is None:
            return ""
        words = [self.tr("synthetic")]
        if self.resolution:
            times = significant(self.place().width() / self.resolution, 2)
            words.append(self.tr("{0} px, shown × {1}").format(self.resolution, times))
        if not self.final:
            words.append(self.tr("preview"))
        return " · ".join([*words, *([self.note] if self.note else [])])

    def _paint_caption(self, painter: QPainter, place: QRect) -> None:
        painter.setFont(self._theme.font(SMALL))
        painter.setPen(self._theme.color("quiet"))
        line = QRect(0, place.bottom() + 6, self.width(), SMALL + 6)
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, self.caption())
