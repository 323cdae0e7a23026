"""What went well, or did not, said in passing in the lower right corner."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets.basics import IconButton, label

_SHOWN_MS = {"info": 4000, "error": 12000}
_WIDTH = 360
_MOST = 3


class Toast(QFrame):
    """One message with a button that closes it."""

    def __init__(self, theme: Theme, text: str, kind: str) -> None:
        super().__init__()
        self.setProperty("part", "toast")
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        words = label(text, wrap=True)
        icon = IconButton(theme, "warning" if kind == "error" else "info", kind, size=16)
        icon.setEnabled(True)
        icon.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        icon.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        close = IconButton(theme, "close", self.tr("Close this message"), self.close, size=12)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(words, 1)
        layout.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.text = text
        self.kind = kind


class ToastArea(QWidget):
    """Holds the last few messages over the lower right of its parent."""

    def __init__(self, theme: Theme, parent: QWidget, bottom: int) -> None:
        super().__init__(parent)
        self._over = parent
        self._theme, self._bottom = theme, bottom
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GRID)
        self.setFixedWidth(_WIDTH)
        self.hide()
        parent.installEventFilter(self)

    def say(self, text: str, kind: str = "info") -> None:
        """Show a message; the same words are not stacked."""
        for toast in self.toasts():
            if toast.text == text:
                self._remove(toast)
        toast = Toast(self._theme, text, kind)
        self._layout.addWidget(toast)
        QTimer.singleShot(_SHOWN_MS.get(kind, 4000), toast, toast.close)
        toast.destroyed.connect(self._place_later)
        for old in self.toasts()[:-_MOST]:
            self._remove(old)
        self.show()
        toast.show()  # dressed now, so that its height is known
        self.raise_()
        self._place()

    def clear(self) -> None:
        """Close all messages."""
        for toast in self.toasts():
            self._remove(toast)
        self._place()

    def toasts(self) -> list[Toast]:
        items = [self._layout.itemAt(i) for i in range(self._layout.count())]
        found = [item.widget() for item in items if item is not None]
        return [widget for widget in found if isinstance(widget, Toast)]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Not isVisible: what was said before the window came up has to move with it too.
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return False

    def _remove(self, toast: Toast) -> None:
        self._layout.removeWidget(toast)
        toast.hide()
        toast.deleteLater()

    def _place_later(self) -> None:
        QTimer.singleShot(0, self, self._place)

    def _place(self) -> None:
        if not self.toasts():
            self.hide()
            return
        self._layout.invalidate()
        heights = [toast.heightForWidth(_WIDTH) for toast in self.toasts()]
        self.setFixedHeight(sum(heights) + GRID * (len(heights) - 1))
        parent = self._over
        self.move(parent.width() - _WIDTH - PADDING, parent.height() - self.height() - self._bottom)
