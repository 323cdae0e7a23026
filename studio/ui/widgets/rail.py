"""The rail of workspaces at the left: icon, word, and the project's menu on top."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout

from studio.ui.theme import Theme

WIDTH = 88  # px


class RailButton(QToolButton):
    """Icon over word."""

    def __init__(self, theme: Theme, icon_name: str, text: str, tip: str) -> None:
        super().__init__()
        self._theme, self._icon_name = theme, icon_name
        self.setText(text)
        self.setToolTip(tip)
        self.setAccessibleName(text)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setIconSize(QSize(20, 20))
        self.setFixedSize(WIDTH - 1, 56)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.toggled.connect(lambda _: self.apply_theme())
        theme.changed.connect(self.apply_theme)
        self.apply_theme()

    def apply_theme(self) -> None:
        self.setIcon(self._theme.icon(self._icon_name, "text" if self.isChecked() else "quiet"))


class Rail(QFrame):
    """Emits `chosen(id)`; `select` marks the workspace in front."""

    chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("part", "rail")
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(self.tr("Workspaces"))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, RailButton] = {}
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 1, 0)
        self._layout.setSpacing(0)
        self._stretch_at = 0
        self._layout.addStretch(1)

    def add_workspaces(self, entries: Sequence[tuple[str, str, str, str]]) -> None:
        """Add (id, title, icon name, key) in order."""
        for workspace_id, title, icon_name, key in entries:
            button = self._make(icon_name, title, f"{title} ({key})" if key else title)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, i=workspace_id: self.chosen.emit(i))
            self._group.addButton(button)
            self._buttons[workspace_id] = button
            self._layout.insertWidget(self._stretch_at, button)
            self._stretch_at += 1

    def add_tool(self, icon_name: str, title: str, tip: str) -> RailButton:
        """A button below the workspaces."""
        button = self._make(icon_name, title, tip)
        self._layout.addWidget(button)
        return button

    def select(self, workspace_id: str) -> None:
        if workspace_id in self._buttons:
            self._buttons[workspace_id].setChecked(True)

    def button(self, workspace_id: str) -> RailButton:
        return self._buttons[workspace_id]

    def focus(self) -> None:
        """Put the focus on the workspace in front."""
        checked = self._group.checkedButton()
        if checked is not None:
            checked.setFocus(Qt.FocusReason.TabFocusReason)

    def _make(self, icon_name: str, title: str, tip: str) -> RailButton:
        return RailButton(self._theme, icon_name, title, tip)
