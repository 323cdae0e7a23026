"""Line icons of `resources/icons`, tinted with a colour of the theme."""

from functools import cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from studio.resources import resource
from studio.ui.theme.tokens import Tokens

_SCALES = (1, 2, 3)


@cache
def _source(name: str) -> str:
    return resource("icons", f"{name}.svg").read_text("utf-8")


def pixmap(name: str, color: str, size: int, scale: float = 1.0) -> QPixmap:
    """The icon drawn in `color`, `size` px square at device pixel ratio `scale`."""
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))
    side = round(size * scale)
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


def icon(name: str, tokens: Tokens, role: str = "text", size: int = 20) -> QIcon:
    """A QIcon for buttons: `role` names the token that it is drawn with."""
    made = QIcon()
    off, on = QIcon.State.Off, QIcon.State.On
    for scale in _SCALES:
        normal = pixmap(name, tokens.color(role), size, scale)
        disabled = pixmap(name, tokens.disabled, size, scale)
        for state in (off, on):
            made.addPixmap(normal, QIcon.Mode.Normal, state)
            made.addPixmap(disabled, QIcon.Mode.Disabled, state)
    return made
