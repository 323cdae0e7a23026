"""The stages as a graph: cards with arrows from what each begins from. Arrow keys walk it."""

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from studio.ui.generate.training.graph_layout import Direction, Layout, lay_out
from studio.ui.generate.training.stage_card import (
    HEIGHT,
    WIDTH,
    Card,
    paint_arrow,
    paint_card,
    paint_pill,
)
from studio.ui.generate.training.words import (
    data_words,
    numbers_words,
    start_words,
    state_words,
)
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.workflows.generate.stage_state import StageState
from studio.workflows.generate.stages import Stage, StagePlan

_ACROSS, _DOWN = 48, 16  # px between cards
_PILL = QSize(144, 32)
_KEYS: dict[int, Direction] = {
    Qt.Key.Key_Left.value: "left",
    Qt.Key.Key_Right.value: "right",
    Qt.Key.Key_Up.value: "up",
    Qt.Key.Key_Down.value: "down",
}


class StageGraph(QWidget):
    """`selected(name)` when another stage is; `opened(name)` by Enter or a double click."""

    selected = Signal(str)
    opened = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.plan = StagePlan()
        self.arrangement = Layout({}, (), 0, 0)
        self.states: dict[str, StageState] = {}
        self.current = ""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Stages"))
        theme.changed.connect(self.update)

    def show_plan(self, plan: StagePlan, states: dict[str, StageState], current: str) -> None:
        """Show stages as they stand; `current` is selected."""
        if plan is not self.plan:
            self.plan, self.arrangement = plan, lay_out(plan)
            self.setMinimumSize(self.sizeHint())
            self.updateGeometry()
        self.states, self.current = states, current
        self._describe()
        self.update()

    def card(self, name: str) -> Card:
        """What the card of a stage says."""
        stage, state = self.plan.by_name(name), self.states.get(name)
        if stage is None:
            return Card("", (), "ready", "")
        return Card(
            stage.name,
            (numbers_words(stage), data_words(stage.data)),
            state.state if state else "",
            state_words(stage, state, self.plan),
            state.share if state else None,
        )

    def rect_of(self, name: str) -> QRect:
        """Where the card of a stage is."""
        place = self.arrangement.places[name]
        left = PADDING + self._lead + place.column * (WIDTH + _ACROSS)
        return QRect(left, PADDING + round(place.row * (HEIGHT + _DOWN)), WIDTH, HEIGHT)

    @property
    def _lead(self) -> int:
        return _PILL.width() + _ACROSS

    def sizeHint(self) -> QSize:
        columns, rows = self.arrangement.columns, self.arrangement.rows
        return QSize(
            2 * PADDING + self._lead + columns * (WIDTH + _ACROSS) - _ACROSS,
            2 * PADDING + rows * (HEIGHT + _DOWN) - _DOWN,
        )

    def select(self, name: str) -> None:
        """Select a stage and tell of it."""
        if name and name != self.current:
            self.current = name
            self._describe()
            self.update()
            self.selected.emit(name)

    def _describe(self) -> None:
        card = self.card(self.current)
        self.setAccessibleDescription(", ".join(p for p in (card.title, *card.lines, card.words)))

    # Hands

    def keyPressEvent(self, event: QKeyEvent) -> None:
        direction = _KEYS.get(event.key())
        if direction is not None:
            self.select(self.arrangement.beside(self.current, direction))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        name = self._at(event.position().toPoint())
        if name:
            self.select(name)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        name = self._at(event.position().toPoint())
        if name:
            self.opened.emit(name)

    def _at(self, point: QPoint) -> str:
        return next((n for n in self.arrangement.places if self.rect_of(n).contains(point)), "")

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.update()

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), self._theme.color("canvas"))
        for parent, child in self.arrangement.arrows:
            begin, end = self.rect_of(parent), self.rect_of(child)
            paint_arrow(painter, _right(begin), _left(end), self._theme)
        for name, place in self.arrangement.places.items():
            stage = self.plan.by_name(name)
            if place.column == 0 and stage is not None:
                self._paint_start(painter, stage)
            rect = QRectF(self.rect_of(name))
            chosen = name == self.current
            paint_card(painter, rect, self._theme, self.card(name), chosen, self.hasFocus())
        painter.end()

    def _paint_start(self, painter: QPainter, stage: Stage) -> None:
        card = self.rect_of(stage.name)
        pill = QRectF(PADDING, card.center().y() - _PILL.height() / 2, _PILL.width(), 32)
        missing = stage.start.kind == "network" and not stage.start.file
        paint_pill(painter, pill, self._theme, start_words(self.plan, stage), missing)
        paint_arrow(painter, QPointF(pill.right(), pill.center().y()), _left(card), self._theme)


def _right(rect: QRect) -> QPointF:
    return QPointF(rect.left() + rect.width(), rect.top() + rect.height() / 2)


def _left(rect: QRect) -> QPointF:
    return QPointF(rect.left(), rect.top() + rect.height() / 2)


class GraphArea(QScrollArea):
    """The graph in as much room as there is; the selected stage stays in sight."""

    def __init__(self, graph: StageGraph) -> None:
        super().__init__()
        self.graph = graph
        self.setWidget(graph)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        graph.selected.connect(self.show_stage)

    def show_stage(self, name: str) -> None:
        """Scroll so that a stage is in sight."""
        if name in self.graph.arrangement.places:
            place = self.graph.rect_of(name)
            margin_x, margin_y = place.width() // 2 + GRID, place.height() // 2 + GRID
            self.ensureVisible(place.center().x(), place.center().y(), margin_x, margin_y)
