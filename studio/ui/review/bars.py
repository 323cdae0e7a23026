"""The bars of the review workspace: one line each, shown when there is something to ask or say."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from studio import wording
from studio.project import MissingOriginals
from studio.ui.context import suggested_reviewer
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, IntField, Panel, PrimaryButton, label, row
from studio.ui.widgets.elided import ElidedLabel


class _AskingBar(Panel):
    """A line that is typed into; Escape leaves it."""

    left = Signal()

    def __init__(self) -> None:
        super().__init__(padding=GRID)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            return
        super().keyPressEvent(event)


class CommentBar(_AskingBar):
    """One line for a remark on the current box; Enter saves, Escape leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.edit = QLineEdit()
        self.edit.setMaxLength(500)
        self.edit.setAccessibleName(self.tr("Comment on this box"))
        self.edit.setPlaceholderText(self.tr("Enter saves, Esc leaves"))
        self.add(row(label(self.tr("Comment"), "quiet"), self.edit))


class NameBar(_AskingBar):
    """Asks who decides, before the first decision is filed."""

    named = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.edit = QLineEdit(suggested_reviewer())
        self.edit.setMaxLength(80)
        self.edit.setFixedWidth(240)
        self.edit.setAccessibleName(self.tr("Your name"))
        self.edit.returnPressed.connect(self._answer)
        self.button = PrimaryButton(self.tr("Use this name"), self._answer)
        question = label(self.tr("Who decides?"), "strong")
        self.help = ElidedLabel(role="quiet")
        self.help.set_text(
            self.tr("It is written with every decision, so that readers can be compared.")
        )
        line = row(question, self.edit, self.button, self.help, gap=GRID)
        line.setStretch(3, 1)
        self.add(line)

    def ask(self) -> None:
        self.show()
        self.edit.setFocus(Qt.FocusReason.OtherFocusReason)
        self.edit.selectAll()

    def _answer(self) -> None:
        if self.edit.text().strip():
            self.named.emit(self.edit.text().strip())
        else:
            self.edit.setFocus(Qt.FocusReason.OtherFocusReason)


class GoToBar(_AskingBar):
    """Asks for the number of an image in the queue; Enter goes there."""

    requested = Signal(int)  # index from 0

    def __init__(self) -> None:
        super().__init__()
        self.number = IntField()
        self.number.setFixedWidth(120)
        self.number.setGroupSeparatorShown(True)
        self.number.setAccessibleName(self.tr("Number of the image"))
        self._of = label("", "quiet")
        title = label(self.tr("Go to image"), "strong")
        self.add(row(title, self.number, self._of, None, gap=GRID))

    def ask(self, index: int, count: int) -> None:
        """Begin with the present place."""
        self.number.setRange(1, max(count, 1))
        self.number.setValue(index + 1)
        self._of.setText(
            self.tr("of {}. Enter goes there, Esc leaves.").format(wording.count(count))
        )
        self.show()
        self.number.setFocus(Qt.FocusReason.OtherFocusReason)
        self.number.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.number.interpretText()
            self.requested.emit(self.number.value() - 1)
            return
        super().keyPressEvent(event)


class MissingBar(Panel):
    """Warns, once for the project, that originals are not on the disk."""

    retry_requested = Signal()

    def __init__(self) -> None:
        super().__init__(padding=GRID)
        self.setProperty("kind", "error")
        self.words = ElidedLabel(role="error")
        self.button = Button(self.tr("Look again"), self.retry_requested.emit)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        line = row(self.words, self.button, gap=GRID * 2)
        line.setStretch(0, 1)
        self.add(line)

    def show_missing(self, missing: MissingOriginals) -> None:
        """Say how many are missing, and which some of them are."""
        if missing.count == missing.total:
            words = self.tr("All {} originals are missing.").format(wording.count(missing.total))
        else:
            words = self.tr("{} of {} originals are missing.")
            if missing.count == 1:
                words = self.tr("{} of {} originals is missing.")
            words = words.format(wording.count(missing.count), wording.count(missing.total))
        what = self.tr("Connect the disk or share that holds {}; until then their boxes wait.")
        whole = f"{missing.sentence}\n\n" + "\n".join(missing.first)
        self.words.set_text(f"{words} {what.format(missing.folder)}", whole)
        self.show()


class NoBoxesBar(Panel):
    """Under a picture for which nothing was proposed yet."""

    requested = Signal()

    def __init__(self) -> None:
        super().__init__(padding=GRID)
        text = self.tr("No box on this picture yet. Draw one, or let them be proposed:")
        self.button = PrimaryButton(self.tr("Propose boxes"), self.requested.emit)
        self.button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add(row(None, label(text, "quiet"), self.button, None, gap=2 * GRID))
