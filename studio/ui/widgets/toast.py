"""What went well, or did not, said in passing where it covers nothing that is being read.

News takes the place of the keys in the bar at the bottom for a moment; errors have rows of their
own above it. What was copied to the clipboard is said here too: the clipboard itself shows nothing.
"""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QCursor, QGuiApplication, QImage
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolTip, QVBoxLayout, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.widgets.basics import IconButton, label
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.widgets.hint_bar import HintBar
from studio.ui.words import plain_tip

_SHOWN_MS = {"info": 4000, "error": 12000}
_MOST = 3


class Toast(QFrame):
    """One message with a button that closes it; an error shows all its words, news one line."""

    closed = Signal()

    def __init__(self, theme: Theme, text: str, kind: str) -> None:
        super().__init__()
        self.text = text
        self.kind = kind
        self.setProperty("part", "toast")
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        words = label(text, wrap=True) if kind == "error" else ElidedLabel(text)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        icon = IconButton(theme, "warning" if kind == "error" else "info", kind, size=16)
        icon.setEnabled(True)
        icon.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        icon.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        close = IconButton(theme, "close", self.tr("Close this message"), self.close, size=12)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(PADDING, GRID // 2, GRID, GRID // 2)
        layout.addWidget(icon)
        layout.addWidget(words, 1)
        layout.addWidget(close)

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        self.closed.emit()


class ToastArea(QWidget):
    """The rows of errors, to be laid out above the hint bar, and the news over its keys."""

    def __init__(self, theme: Theme, hints: HintBar) -> None:
        super().__init__()
        self._theme, self._hints = theme, hints
        self._news: Toast | None = None
        self._errors = QVBoxLayout(self)
        self._errors.setContentsMargins(0, 0, 0, 0)
        self._errors.setSpacing(0)
        self.hide()
        hints.installEventFilter(self)

    def show_message(self, text: str, kind: str = "info") -> None:
        """Show a message; the same words are not stacked, and news replaces earlier news."""
        for toast in self.toasts():
            if toast.text == text or kind == toast.kind == "info":
                self._remove(toast)
        toast = Toast(self._theme, text, kind)
        toast.closed.connect(lambda: self._remove(toast))
        if kind == "error":
            self._errors.addWidget(toast)
            for old in self._error_rows()[:-_MOST]:
                self._remove(old)
            self.show()
        else:
            self._news = toast
            toast.setParent(self._hints)
            self._place_news()
            toast.raise_()
        toast.show()
        QTimer.singleShot(_SHOWN_MS.get(kind, 4000), toast, toast.close)

    def clear(self) -> None:
        """Close all messages."""
        for toast in self.toasts():
            self._remove(toast)

    def toasts(self) -> list[Toast]:
        """What is shown now, the errors first."""
        return [*self._error_rows(), *([self._news] if self._news is not None else [])]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place_news()
        return False

    def _error_rows(self) -> list[Toast]:
        items = [self._errors.itemAt(i) for i in range(self._errors.count())]
        found = [item.widget() for item in items if item is not None]
        return [widget for widget in found if isinstance(widget, Toast)]

    def _remove(self, toast: Toast) -> None:
        if toast is self._news:
            self._news = None
        self._errors.removeWidget(toast)
        toast.hide()
        toast.deleteLater()
        if not self._error_rows():
            self.hide()

    def _place_news(self) -> None:
        if self._news is not None:
            self._news.setGeometry(self._hints.place_of_hints())
            self._news.raise_()  # above keys that came meanwhile


def copy_text(widget: QWidget, text: str, said: str) -> None:
    """Put a text on the clipboard and say `said` in the window of `widget`."""
    QGuiApplication.clipboard().setText(text)
    announce(widget, said)


def copy_command(widget: QWidget, text: str) -> None:
    """Put a command on the clipboard and say so in the window of `widget`."""
    said = QCoreApplication.translate("Clipboard", "The command is on the clipboard.")
    copy_text(widget, text, said)


def copy_data(widget: QWidget, text: str) -> None:
    """Put the data of a plot on the clipboard and say so in the window of `widget`."""
    said = QCoreApplication.translate("Clipboard", "The data are on the clipboard.")
    copy_text(widget, text, said)


def copy_image(widget: QWidget, image: QImage) -> None:
    """Put a picture on the clipboard and say so in the window of `widget`."""
    QGuiApplication.clipboard().setImage(image)
    announce(widget, QCoreApplication.translate("Clipboard", "The picture is on the clipboard."))


def announce(widget: QWidget, text: str, kind: str = "info") -> None:
    """Show a message in the window of `widget`; beside the pointer in a dialog."""
    area = widget.window().findChild(ToastArea)
    if area is not None:
        area.show_message(text, kind)
    else:
        QToolTip.showText(QCursor.pos(), plain_tip(text), widget)
