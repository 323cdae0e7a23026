"""Copying to the clipboard, and saying that it was done: the clipboard itself shows nothing."""

from PySide6.QtGui import QCursor, QGuiApplication, QImage
from PySide6.QtWidgets import QToolTip, QWidget

from studio.ui.tips import plain_tip
from studio.ui.widgets.toast import ToastArea


def copy_text(widget: QWidget, text: str, said: str) -> None:
    """Put a text on the clipboard and say `said` in the window of `widget`."""
    QGuiApplication.clipboard().setText(text)
    announce(widget, said)


def copy_image(widget: QWidget, image: QImage, said: str) -> None:
    """Put a picture on the clipboard and say `said` in the window of `widget`."""
    QGuiApplication.clipboard().setImage(image)
    announce(widget, said)


def announce(widget: QWidget, text: str, kind: str = "info") -> None:
    """Say something in passing in the window of `widget`; beside the pointer in a dialog."""
    area = widget.window().findChild(ToastArea)
    if area is not None:
        area.say(text, kind)
    else:
        QToolTip.showText(QCursor.pos(), plain_tip(text), widget)
