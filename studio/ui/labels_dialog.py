"""The labels of a project: added, named, ordered, given keys, and which is positive."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QGridLayout,
    QLineEdit,
    QRadioButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.review.label_keys import choose_key, label_keys
from studio.ui.context import StudioContext
from studio.ui.theme.tokens import CONTROL, GRID, PADDING
from studio.ui.widgets import Button, IconButton, PrimaryButton, label, row
from studio.ui.words import plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from studio.project import Label, Project

_KEY_WIDTH = 48  # px


class LabelsDialog(QDialog):
    """Applies changes at once; a refused one is explained below the list and undone."""

    def __init__(self, parent: QWidget, context: StudioContext, project: "Project") -> None:
        super().__init__(parent)
        self._context, self.project = context, project
        self.setWindowTitle(self.tr("Labels"))
        self.resize(560, 480)
        self.rows: dict[str, LabelRow] = {}
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)
        holder, outer = QWidget(), QVBoxLayout()
        outer.setContentsMargins(0, 0, GRID, 0)
        outer.addLayout(self._grid)
        outer.addStretch(1)
        holder.setLayout(outer)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        # A click on a button gives the focus to the widget below it, if that accepts focus.
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(holder)
        self.problem = label("", "error", wrap=True)
        self.new = QLineEdit()
        self.new.setPlaceholderText(self.tr("name of another label"))
        self.new.setAccessibleName(self.tr("Name of another label"))
        self.add = Button(self.tr("Add"), self.add_label)
        self.new.returnPressed.connect(self.add_label)
        self.close_button = PrimaryButton(self.tr("Close"), self.accept)
        # Enter adds, renames or gives a key here; it must not also close the dialog.
        for button in (self.add, self.close_button):
            button.setAutoDefault(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(label(self.tr("Labels"), "heading"))
        words = self.tr(
            "A key is a digit from 1 to 9, or a letter that is pressed after {0}. Images and boxes "
            "keep a label that is renamed."
        ).format(context.keymap.text("review.label_more"))
        layout.addWidget(label(words, "small", wrap=True))
        layout.addWidget(self.area, 1)
        layout.addWidget(self.problem)
        layout.addLayout(row(self.new, self.add))
        layout.addLayout(row(None, self.close_button))
        self._group = QButtonGroup(self)  # one of all rows is positive
        self.finished.connect(self.deleteLater)
        self._fill()
        self.new.setFocus(Qt.FocusReason.OtherFocusReason)

    def add_label(self) -> None:
        """Add the label that is typed."""
        name = self.new.text().strip()
        if name and self._take_typed() and self._change(lambda: self.project.add_label(name)):
            self.new.clear()
            self.new.setFocus()
            added = list(self.rows.values())[-1].name
            # Once the new row is laid out, which Qt does after this.
            QTimer.singleShot(0, added, lambda: self.area.ensureWidgetVisible(added))

    def _fill(self) -> None:
        """A row for each label as it is now."""
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.rows = {}
        labels, keys = self.project.labels(), label_keys(self.project)
        heads = (self.tr("Key"), self.tr("Name"), self.tr("Positive"))
        for column, head in enumerate(heads if labels else ()):
            self._grid.addWidget(label(head, "small"), 0, column)
        for number, one in enumerate(labels, start=1):
            made = LabelRow(self._context, one, keys[one.id], number, len(labels))
            self._group.addButton(made.positive)
            made.key.editingFinished.connect(partial(self._give_key, made))
            made.name.editingFinished.connect(partial(self._rename, made))
            made.positive.clicked.connect(partial(self._make_positive, made))
            made.up.clicked.connect(partial(self._move, made, number - 1))
            made.down.clicked.connect(partial(self._move, made, number + 1))
            made.remove.clicked.connect(partial(self._remove, made))
            for column, part in enumerate(made.parts()):
                self._grid.addWidget(part, number, column)
            self.rows[one.name] = made

    def _change(self, change: "Callable[[], object]") -> bool:
        """Make a change and show the labels again; False, with the reason, if it is refused."""
        try:
            change()
        except StudioError as error:
            self.problem.setText(str(error))
            self._fill()
            return False
        self.problem.setText("")
        self._fill()
        self._context.project_edited.emit()
        return True

    def _give_key(self, of: "LabelRow") -> None:
        key = of.key.text().strip()
        if of.key.isModified() and self.rows.get(of.label.name) is of:
            self._change_key(of, key)

    def _change_key(self, of: "LabelRow", key: str) -> None:
        """Give a label its key, and say whose keys moved on because of it."""
        before = {name: made.key.text() for name, made in self.rows.items()}
        if self._change(lambda: choose_key(self.project, of.label.name, key or None)):
            after = {name: made.key.text() for name, made in self.rows.items()}
            moved = [
                f"{name} {after[name]}"
                for name in before
                if name != of.label.name and before[name] != after[name]
            ]
            if moved:
                words = self.tr("Other keys have moved on: {0}.").format(", ".join(moved))
                self.problem.setText(words)

    def _rename(self, of: "LabelRow") -> None:
        name = of.name.text().strip()
        if of.name.isModified() and self.rows.get(of.label.name) is of and name != of.label.name:
            who = self._context.reviewer or None
            self._change(lambda: self.project.rename_label(of.label.name, name, who))

    def _take_typed(self) -> bool:
        """Take what is typed in a row, which a click elsewhere does not take from it; False where
        it cannot be, which is said."""
        self.problem.setText("")
        edit = self.focusWidget()
        if any(edit in (one.key, one.name) for one in self.rows.values()):
            edit.clearFocus()
        return not self.problem.text()

    def _name_of(self, of: "LabelRow") -> str | None:
        """The name of a row's label, once what is typed is taken; None where that cannot be."""
        if not self._take_typed():
            return None
        return next((one.name for one in self.project.labels() if one.id == of.label.id), None)

    def _make_positive(self, of: "LabelRow") -> None:
        who, name = self._context.reviewer or None, self._name_of(of)
        if name is not None:
            self._change(lambda: self.project.set_positive_label(name, who))

    def _move(self, of: "LabelRow", place: int) -> None:
        who, name = self._context.reviewer or None, self._name_of(of)
        if name is not None and self._change(lambda: self.project.move_label(name, place, who)):
            moved = self.rows[name]
            wanted = moved.up if place < of.number else moved.down
            (wanted if wanted.isEnabled() else moved.name).setFocus()

    def _remove(self, of: "LabelRow") -> None:
        who, name = self._context.reviewer or None, self._name_of(of)
        if name is not None:
            self._change(lambda: self.project.remove_label(name, who))


class LabelRow:
    """The controls of one label."""

    def __init__(
        self, context: StudioContext, label_: "Label", key: str, number: int, count: int
    ) -> None:
        self.label, self.number = label_, number
        self.key = QLineEdit(key)
        self.key.setMaxLength(1)
        self.key.setFixedWidth(_KEY_WIDTH)
        self.key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.key.setAccessibleName(_tr("Key of {0}").format(label_.name))
        self.name = QLineEdit(label_.name)
        self.name.setCursorPosition(0)  # the beginning of a long name, not its end
        self.name.setToolTip(plain_tip(label_.name))
        self.name.setAccessibleName(_tr("Name of {0}").format(label_.name))
        self.positive = QRadioButton()
        # As the buttons: taking the focus would make this row anew in the middle of the click.
        self.positive.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.positive.setChecked(label_.positive)
        self.positive.setAccessibleName(_tr("{0} is positive").format(label_.name))
        self.up = self._button(context, "up", _tr("Move {0} up"), number > 1)
        self.down = self._button(context, "down", _tr("Move {0} down"), number < count)
        self.remove = self._button(context, "close", _tr("Remove {0}"), True)

    def parts(self) -> list[QWidget]:
        return [self.key, self.name, self.positive, self.up, self.down, self.remove]

    def _button(self, context: StudioContext, icon: str, words: str, on: bool) -> IconButton:
        made = IconButton(context.theme, icon, words.format(self.label.name), size=16)
        made.setFixedSize(CONTROL, CONTROL)
        made.setEnabled(on)
        return made


def _tr(text: str) -> str:
    return QCoreApplication.translate("LabelsDialog", text)
