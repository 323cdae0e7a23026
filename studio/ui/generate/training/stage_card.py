"""One stage painted as a card: name, numbers, pictures, how it stands."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from studio.ui.theme import Theme
from studio.ui.theme.tokens import BODY, GRID, SMALL

WIDTH, HEIGHT = 264, 104  # px
_GLYPH = 12
_LINE = 18
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Card:
    """What a card says."""

    title: str
    lines: tuple[str, ...]
    state: str
    words: str
    share: float | None = None


def paint_card(
    painter: QPainter, rect: QRectF, theme: Theme, card: Card, selected: bool, focused: bool
) -> None:
    """Paint a card; the selected one has the accent's frame, a heavier one with the focus."""
    outline = theme.color("accent" if selected else "control")
    dashed = card.state in ("no_data", "waiting") and not selected
    style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
    painter.setPen(QPen(outline, 2.0 if selected and focused else 1.0, style))
    painter.setBrush(theme.color("panel"))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
    inner = rect.adjusted(12, 10, -12, -10)
    _paint_state(painter, QRectF(inner.left(), inner.top() + 3, _GLYPH, _GLYPH), theme, card.state)
    head = inner.adjusted(_GLYPH + GRID, 0, 0, 0)
    _text(painter, theme, QRectF(head.left(), head.top(), head.width(), _LINE), card.title, "text",
          strong=True)  # fmt: skip
    for number, line in enumerate(card.lines):
        top = inner.top() + _LINE * (number + 1) + 3
        _text(painter, theme, QRectF(inner.left(), top, inner.width(), _LINE), line, "quiet")
    foot = QRectF(inner.left(), inner.bottom() - _LINE + 2, inner.width(), _LINE)
    if card.share is not None and card.state not in ("done",):
        bar = QRectF(inner.left(), inner.bottom() - 1, inner.width(), 4)
        painter.fillRect(bar, theme.color("line"))
        done = QRectF(bar.left(), bar.top(), bar.width() * min(max(card.share, 0), 1), 4)
        painter.fillRect(done, theme.color("quiet"))
        foot.translate(0, -6)
    role = "error" if card.state in ("failed", "crashed") else "text"
    _text(painter, theme, foot, card.words, role)


def paint_pill(painter: QPainter, rect: QRectF, theme: Theme, words: str, missing: bool) -> None:
    """Paint what a first stage begins from."""
    style = Qt.PenStyle.DashLine if missing else Qt.PenStyle.SolidLine
    painter.setPen(QPen(theme.color("control"), 1, style))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), rect.height() / 2, rect.height() / 2)
    _text(painter, theme, rect.adjusted(14, 0, -14, 0), words, "quiet", centred=True)


def paint_arrow(painter: QPainter, begin: QPointF, end: QPointF, theme: Theme) -> None:
    """Paint a line from the right of a card to the left of another, with a head."""
    painter.setPen(QPen(theme.color("control"), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    middle = (begin.x() + end.x()) / 2
    path = QPainterPath(begin)
    tail = QPointF(end.x() - 6, end.y())
    path.cubicTo(QPointF(middle, begin.y()), QPointF(middle, end.y()), tail)
    painter.drawPath(path)
    head = [end, QPointF(end.x() - 8, end.y() - 4), QPointF(end.x() - 8, end.y() + 4)]
    painter.setBrush(theme.color("control"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.drawPolygon(QPolygonF(head))


def _text(
    painter: QPainter,
    theme: Theme,
    place: QRectF,
    words: str,
    role: str,
    strong: bool = False,
    centred: bool = False,
) -> None:
    painter.setFont(theme.font(BODY if strong else SMALL, strong=strong))
    painter.setPen(theme.color(role))
    shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(place.width()))
    flags = Qt.AlignmentFlag.AlignCenter if centred else _LEFT
    painter.drawText(place, int(flags), shown)


def _paint_state(painter: QPainter, box: QRectF, theme: Theme, state: str) -> None:
    """A shape for each state, told apart without colour."""
    color = theme.color("error" if state in ("failed", "crashed") else "text")
    painter.setPen(QPen(color, 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state in ("running", "stopping"):
        painter.setBrush(color)
        painter.drawPolygon(
            QPolygonF([box.topLeft(), QPointF(box.right(), box.center().y()), box.bottomLeft()])
        )
    elif state == "stopped":
        painter.setBrush(color)
        painter.drawRect(box.adjusted(1, 1, -1, -1))
    elif state in ("failed", "crashed"):
        painter.drawLine(box.topLeft(), box.bottomRight())
        painter.drawLine(box.topRight(), box.bottomLeft())
    elif state == "done":
        check = [
            QPointF(box.left(), box.center().y()),
            QPointF(box.left() + box.width() * 0.38, box.bottom() - 1),
            QPointF(box.right(), box.top() + 1),
        ]
        painter.drawPolyline(QPolygonF(check))
    else:
        _paint_circle(painter, box, state)


def _paint_circle(painter: QPainter, box: QRectF, state: str) -> None:
    pen = painter.pen()
    if state == "no_data":
        pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
    painter.drawEllipse(box.adjusted(1, 1, -1, -1))
    if state == "waiting":  # the hands of a clock
        painter.drawLine(box.center(), QPointF(box.center().x(), box.top() + 3))
        painter.drawLine(box.center(), QPointF(box.right() - 3.5, box.center().y()))
