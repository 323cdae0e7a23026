"""How many pictures of each class each split has, before anything is started."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QWidget

from studio.ui.theme.tokens import GRID
from studio.ui.train.request import SplitCounts
from studio.ui.widgets import label
from studio.ui.words import plain_tip
from studio.wording import count


class CountsGrid(QWidget):
    """Splits in rows, classes in columns; with many classes the other way round."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(self.tr("Pictures of each class"))
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(2)
        self.hide()

    def show_counts(self, counts: SplitCounts | None) -> None:
        """Show counts; None hides the grid."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        classes = counts.classes if counts else []
        self.setVisible(bool(classes))
        if counts is None or not classes:
            return
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for column, (name, _) in enumerate(counts.splits, start=1):
            head = label(_short(name, 12), "caption")
            head.setToolTip(plain_tip(name))
            self._grid.addWidget(head, 0, column, right)
        for line, class_name in enumerate(classes, start=1):
            words = label(_short(class_name, 22), "quiet")
            words.setToolTip(plain_tip(class_name))
            self._grid.addWidget(words, line, 0)
            for column, (_, found) in enumerate(counts.splits, start=1):
                number = found.get(class_name, 0)
                cell = label(count(number), "" if number else "error")
                self._grid.addWidget(cell, line, column, right)
        self._grid.setColumnStretch(0, 1)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
