"""A list of data sources: add by button or by dropping folders, remove one by one."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QFrame, QMenu, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.train.request import source_name
from studio.ui.widgets import Button, IconButton, label, row, set_role
from studio.ui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from studio.workflows.training_data import DataSource


class SourcesField(QFrame):
    """`changed` when the list does. `offer` gives what the project has to offer."""

    changed = Signal()

    def __init__(
        self,
        theme: Theme,
        name: str,
        empty: str,
        offer: Callable[[], Sequence["DataSource"]],
        most: int | None = None,
    ) -> None:
        super().__init__()
        self._theme, self._name, self._offer, self._most = theme, name, offer, most
        self.sources: list[DataSource] = []
        self.setProperty("part", "drop")
        self.setAcceptDrops(True)
        self.setAccessibleName(name)
        self.button = Button(self.tr("Add…"), self.open_menu)
        self.button.setAccessibleName(self.tr("Add to: {0}").format(name))
        self.empty = label(empty, "small", wrap=True)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID // 2, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(row(label(name, "strong"), None, self.button))
        layout.addWidget(self.empty)
        layout.addLayout(self._rows)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)

    def set_sources(self, sources: Sequence["DataSource"]) -> None:
        """Replace the list."""
        kept = list(dict.fromkeys(sources))
        self.sources = kept[-self._most :] if self._most else kept
        self._fill()
        self.changed.emit()

    def add(self, *sources: "DataSource") -> None:
        """Append sources that are not there yet; the last ones stay where only few may."""
        self.set_sources([*self.sources, *sources])

    def open_menu(self) -> None:
        """Offer a folder of this machine and what the project has."""
        menu = QMenu(self)
        menu.addAction(self.tr("A folder…"), self.choose_folder)
        offered = self._offer()
        if offered:
            menu.addSeparator()
        for source in offered:
            kind = self.tr("Export {0}") if isinstance(source, Path) else self.tr("Snapshot {0}")
            words = kind.format(source_name(source)).replace("&", "&&")
            menu.addAction(words, partial(self.add, source))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.button.mapToGlobal(self.button.rect().bottomLeft()))

    def choose_folder(self) -> None:
        """Ask for a folder with one folder a class in it."""
        found = QFileDialog.getExistingDirectory(self, self._name)
        if found:
            self.add(Path(found))

    def _fill(self) -> None:
        while self._rows.count():
            item = self._rows.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for source in self.sources:
            self._rows.addWidget(self._make_row(source))
        self.empty.setVisible(not self.sources)

    def _make_row(self, source: "DataSource") -> QWidget:
        name = source_name(source)
        words = ElidedLabel()
        words.set_text(name, str(source) if isinstance(source, Path) else self.tr("Snapshot"))
        remove = IconButton(
            self._theme,
            "close",
            self.tr("Remove {0}").format(name),
            lambda: self.set_sources([s for s in self.sources if s != source]),
            size=12,
        )
        holder = QWidget()
        inner = row(words, remove, gap=GRID // 2)
        inner.setStretch(0, 1)
        holder.setLayout(inner)
        return holder

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _folders(event):
            event.acceptProposedAction()
            set_role(self, over=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        set_role(self, over=False)

    def dropEvent(self, event: QDropEvent) -> None:
        set_role(self, over=False)
        folders = _folders(event)
        if folders:
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.add(*folders)


def _folders(event: QDropEvent) -> list[Path]:
    urls = event.mimeData().urls()
    paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
    return [path for path in paths if path.is_dir()]
