"""The Study workspace: studies at the left; the chosen one, its reading screen, or a new one."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from studio.errors import StudioError
from studio.study import ReadingSession, StudyResult, evaluate_study, read_key
from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable
from studio.ui.project_page import ProjectPage
from studio.ui.study.actions import READ, study_actions
from studio.ui.study.build_job import StudyBuildJob
from studio.ui.study.form import StudyForm
from studio.ui.study.reading_controller import ReadingController, ReadingState
from studio.ui.study.reading_view import ReadingView
from studio.ui.study.study_list import StudyList
from studio.ui.study.study_page import StudyPage
from studio.ui.study.summaries import StudiesSummary, StudySummary, read_summaries
from studio.ui.widgets import EmptyState, fix_side, row
from studio.wording import count
from studio.workflows.study import STUDIES

if TYPE_CHECKING:
    from studio.project import Project

_MODES = {
    ReadingState.RATE: READ,
    ReadingState.ASK: f"{READ}.ask",
    ReadingState.PAUSED: f"{READ}.paused",
    ReadingState.END: f"{READ}.end",
    ReadingState.IDLE: "study",
}
_HINTS = {
    "study": ["read", "new", "next", "copy", "export", "open"],
    READ: ["rate_1", "rate_6", "right", "confirm", "undo", "pause"],
    f"{READ}.ask": ["choice_1", "choice_2", "undo", "pause"],
    f"{READ}.paused": ["resume", "leave"],
    f"{READ}.end": ["finish", "undo"],
}


class StudyWorkspace(ProjectPage):
    """Reads studies off the Qt thread; a key is opened for results only."""

    id, title, icon_name = "study", "Study", "study"
    newest_only = True

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self._others: list[Path] = []  # studies opened from elsewhere
        self._keys: dict[Path, Path] = {}  # where keys are kept, as far as it was said
        self._panels = True
        self.chosen: Path | None = None
        self.facts = StudiesSummary([], [])
        self.controller = ReadingController(self)
        self.side = StudyList(context)
        self.page = StudyPage(context)
        self.form = StudyForm(context)
        self.reading_view = ReadingView(context, self.controller)
        self.making = StudyBuildJob(context, self.form, self)
        self._build()
        self._connect()

    # Building

    def _build(self) -> None:
        self.empty = EmptyState(
            self.tr("Can people tell synthetic pictures from real ones?"),
            self.tr(
                "A reader study shows real and synthetic crops of one size and one compression, "
                "blinded and in an order of each reader's own, and says what the answers allow to "
                "be said: accuracy, d′, agreement, and equivalence with its margin."
            ),
            self.tr("New study"),
            self.new,
        )
        self.empty.add_button(self.tr("Open folder…"), self.choose_folder)
        self.middle = QStackedWidget()
        for page in (self.empty, self.page, self.form, self.reading_view):
            self.middle.addWidget(page)
        fix_side(self.side)
        layout = row(self.side, self.middle, gap=0)
        layout.setStretch(1, 1)
        self.setLayout(layout)

    def _connect(self) -> None:
        self.side.chosen.connect(self.choose)
        self.side.new_asked.connect(self.new)
        self.side.open_asked.connect(self.choose_folder)
        self.page.read_asked.connect(self.read)
        self.page.look_asked.connect(self.choose_result)
        self.page.copy_asked.connect(self.copy)
        self.page.export_asked.connect(self.export)
        self.page.key_asked.connect(self.find_key)
        self.form.left.connect(self._show_chosen)
        self.making.made.connect(self._made)
        self.controller.changed.connect(self._desk_changed)
        self.controller.said.connect(lambda sentence: self.context.toast(sentence, "error"))
        self.controller.finished.connect(self._finished)
        self.context.reviewer_changed.connect(lambda _: self._reviewer_changed())

    # What every workspace has

    def actions(self) -> list[Action]:  # type: ignore[override]  # as in Workspace
        return study_actions(self)

    def hints(self) -> list[str]:
        return [f"study.{name}" for name in _HINTS[self.mode]]

    def set_project(self, project: "Project | None") -> None:
        self.controller.leave()
        self._project, self.chosen, self._others = project, None, []
        self._keys.clear()
        self.making.set_project(project)
        self.facts = StudiesSummary([], [])
        self.page.show_result(None)
        self._show_chosen()
        self.refresh()

    def activate(self) -> None:
        self.refresh()
        self._focus()

    def deactivate(self) -> None:
        self.controller.pause()

    def set_panels_visible(self, visible: bool) -> None:
        self._panels = visible
        self._show_side()

    def close_workspace(self) -> None:
        self._project = None  # what is still being read finds nobody
        self.controller.leave()
        self.reading_view.close_loader()

    # What can be done now

    def idle(self) -> bool:
        """Whether nobody is reading: else the keys of studies and results do nothing."""
        return self.controller.state is ReadingState.IDLE

    def has_project(self) -> bool:
        return self._project is not None and self.idle()

    def has_studies(self) -> bool:
        return bool(self.facts.studies) and self.idle()

    def has_result(self) -> bool:
        return (
            self.idle()
            and self.page.result.result is not None
            and bool(self.page.result.result.readers)
        )

    def can_make(self) -> bool:
        return self.has_project() and not self.context.read_only

    def can_read(self) -> bool:
        fact = self.facts.of(self.chosen)
        return self.idle() and fact is not None and self._may_read(fact)

    def _may_read(self, fact: StudySummary) -> bool:
        return bool(self.context.reviewer) and not fact.unblinded and not fact.missing

    # Doing

    def new(self) -> None:
        """Ask what a new study is to be made of."""
        if not self.can_make():
            self.context.toast(self.tr("This project is read-only here."), "error")
            return
        self.form.set_busy(self.making.busy)
        self.middle.setCurrentWidget(self.form)
        self.form.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def choose_folder(self) -> None:
        """Ask for the folder of a study that lies elsewhere."""
        found = QFileDialog.getExistingDirectory(self, self.tr("Open the folder of a study"))
        if found:
            self.open_folder(Path(found))

    def open_folder(self, path: Path) -> None:
        """List a study from elsewhere, too, and show it."""
        inside = self._project is not None and path.parent == self._project.path / STUDIES
        if path not in self._others and not inside:
            self._others.append(path)
        self.chosen = path
        self.refresh()

    def choose(self, path: Path) -> None:
        """Show another study."""
        self.chosen = path
        self._show_chosen()

    def step(self, by: int) -> None:
        self.side.step(by)

    def read(self) -> None:
        """Begin or go on reading the chosen study."""
        fact = self.facts.of(self.chosen)
        if fact is None or not self._may_read(fact):
            return
        try:
            reading = ReadingSession(fact.study, self.context.reviewer)
        except StudioError as error:
            self.context.toast(str(error), "error")
            return
        self.middle.setCurrentWidget(self.reading_view)
        self.controller.begin(reading)
        self.reading_view.focus()

    def choose_result(self) -> None:
        """See the result instead of reading; this person cannot read the study any more, and so
        only where there is a result and the key to it."""
        fact = self.facts.of(self.chosen)
        if fact is None:
            return
        if not fact.finished:
            self.context.toast(self.tr("Nobody has finished reading: there is no result yet."))
            return
        try:
            read_key(fact.study, self._keys.get(fact.path))
        except StudioError as error:
            self.page.show_no_result(str(error))
            return
        try:
            reading = ReadingSession(fact.study, self.context.reviewer)
            reading.choose_result()
            reading.close()
        except StudioError as error:
            self.context.toast(str(error), "error")
        self.refresh()

    def copy(self) -> None:
        """Put the result on the clipboard."""
        if self.has_result():
            self.page.result.copy()

    def export(self) -> None:
        """Ask for a file and write every answer into it."""
        found, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export the answers"), "answers.csv", self.tr("Tables (*.csv)")
        )
        if found:
            self.export_to(Path(found), replace=True)  # the dialogue has asked

    def export_to(self, out: Path, replace: bool = False) -> None:
        """Write every answer of those who have finished, with the truth."""
        fact = self.facts.of(self.chosen)
        if fact is None or not self.has_result():
            return
        key = self._keys.get(fact.path)

        def work(_control: object) -> int:
            from studio.study.export import export_answers

            return export_answers(fact.study, read_key(fact.study, key), out, replace)

        task = Task(work)
        task.done.connect(
            lambda n: self.context.toast(self.tr("{0} answers in {1}.").format(count(n), out.name))
        )
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.start()

    # Showing

    def reading(self, project: "Project") -> Callable[[], StudiesSummary]:
        folder, others, reader = project.path / STUDIES, list(self._others), self.context.reviewer
        return lambda: read_summaries(folder, others, reader)

    def show_read(self, facts: StudiesSummary) -> None:
        self.facts = facts
        if facts.of(self.chosen) is None:
            self.chosen = facts.studies[0].path if facts.studies else None
        self.side.show_facts(facts, self.chosen)
        if self.middle.currentWidget() not in (self.form, self.reading_view):
            self._show_chosen()
        self.hints_changed.emit()

    def _show_chosen(self) -> None:
        before, fact = self.middle.currentWidget(), self.facts.of(self.chosen)
        if fact is None:
            self.middle.setCurrentWidget(self.empty)
        else:
            self.page.show_study(fact)
            self.middle.setCurrentWidget(self.page)
            if fact.unblinded:
                self._ask_result(fact)
        self._show_side()
        if self.isVisible() and self.middle.currentWidget() is not before:
            self._focus()
        self.hints_changed.emit()

    def _ask_result(self, fact: StudySummary) -> None:
        """Open the key and work the result out, off the Qt thread."""
        key = self._keys.get(fact.path)
        task = Task(lambda _: evaluate_study(fact.study, read_key(fact.study, key)))
        task.done.connect(lambda result: self._take_result(fact, result))
        task.failed.connect(lambda error: self._no_result(fact, error))
        task.start()

    def _take_result(self, fact: StudySummary, result: StudyResult) -> None:
        if self.page.fact is fact:
            self.page.show_result(result)
            self.hints_changed.emit()

    def _no_result(self, fact: StudySummary, error: Exception) -> None:
        if self.page.fact is fact:
            self.page.show_no_result(str(error))

    def find_key(self) -> None:
        """Ask where the key of the chosen study is kept."""
        found, _ = QFileDialog.getOpenFileName(self, self.tr("Where is the key?"))
        if found and self.chosen is not None:
            self._keys[self.chosen] = Path(found)
            self._show_chosen()

    def _desk_changed(self) -> None:
        if self.controller.state is ReadingState.RATE and self.mode != READ:
            self.context.clear_toasts()  # it would lie over the answers
        self.set_mode(_MODES[self.controller.state])
        if (
            self.controller.state is ReadingState.IDLE
            and self.middle.currentWidget() is self.reading_view
        ):
            self._show_chosen()
            self.refresh()
        self._show_side()
        self.hints_changed.emit()

    def _finished(self) -> None:
        self.context.toast(self.tr("Your answers are final. Thank you."))
        self.controller.leave()

    def _made(self, path: Path) -> None:
        if self.idle():
            self.chosen = path
            self.middle.setCurrentWidget(self.page if self.facts.studies else self.empty)
        self.refresh()

    def _reviewer_changed(self) -> None:
        # Before anything is read anew, which may fail: what the one before saw is not theirs.
        self.facts = self.facts.seen_by(self.context.reviewer)
        self.side.show_facts(self.facts, self.chosen)
        self.controller.leave()
        if self.middle.currentWidget() is self.page:
            self._show_chosen()
        self.refresh()

    def _show_side(self) -> None:
        self.side.setVisible(self._panels and self.controller.state is ReadingState.IDLE)

    def home(self) -> QWidget | None:
        page = self.middle.currentWidget()
        if page is self.reading_view:
            return self.reading_view.home()
        form = self.form.title if page is self.form else None
        buttons = self.page.begin, self.page.name
        return first_usable(form, self.empty.button, *buttons, self.side.table)

    def _focus(self) -> None:
        if self.middle.currentWidget() is self.reading_view:
            self.reading_view.focus()
        else:
            self.focus_home()
