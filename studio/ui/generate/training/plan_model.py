"""The plan of the open project: edited, undone, kept; and how its stages stand."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from studio.errors import StudioError
from studio.ui.background import CoalescedRefresh, Task
from studio.workflows.generate.stage_state import GOING, StageState, crop_counts, read_stage_states
from studio.workflows.generate.stages import (
    Stage,
    StageData,
    StagePlan,
    load_plan,
    run_folder,
    run_name,
    save_plan,
)

if TYPE_CHECKING:
    from studio.project import Project

POLL_MS = 1000
_SAVE_MS = 300
_MOST_UNDO = 100
_TYPING_S = 1.5  # within which changes of one field are undone together


class PlanModel(QObject):
    """`changed` when the plan or the selection is another, `looked` when states are known anew."""

    changed = Signal()
    looked = Signal()
    refused = Signal(str)  # a change that cannot be, or what cannot be read or kept

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project: Project | None = None
        self.plan = StagePlan()
        self.states: dict[str, StageState] = {}
        self.crops: dict[str, int] = {}
        self.snapshots: list[str] = []
        self.current = ""
        self.starting: tuple[Path, str] | None = None  # project and stage of a run in preparation
        self._undo: list[StagePlan] = []
        self._redo: list[StagePlan] = []
        self._typed: tuple[tuple[str, ...], float] = ((), 0.0)
        self._refreshing = CoalescedRefresh(self.refresh_states, self)
        self._trouble = ""
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(_SAVE_MS)
        self._save.timeout.connect(self.save_now)
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self.refresh_states)

    @property
    def stage(self) -> Stage | None:
        """The selected stage."""
        return self.plan.by_name(self.current)

    @property
    def state(self) -> StageState | None:
        """How the selected stage stands; None while that is not known."""
        return self.states.get(self.current)

    @property
    def editable(self) -> bool:
        return self.project is not None and self.project.mode == "edit"

    def set_project(self, project: "Project | None") -> None:
        """Show another project's plan."""
        if self._save.isActive():
            self.save_now()
        self.project, self.plan, self.states = project, StagePlan(), {}
        self._undo, self._redo, self.crops, self.snapshots = [], [], {}, []
        self._poll.stop()
        self._trouble = ""
        if project is not None:
            try:
                self.plan = load_plan(project)
            except StudioError as error:
                self.refused.emit(str(error))
        self.current = self.plan.stages[0].name if self.plan.stages else ""
        self.changed.emit()
        self.refresh_states()

    def close(self) -> None:
        self._poll.stop()
        if self._save.isActive():
            self.save_now()
        self.project = None

    # Changing

    def use(self, plan: StagePlan, current: str = "") -> None:
        """Take another plan, such as a preset."""
        if self._allowed(plan):
            self._remember()
            self._use_plan(plan, current)

    def _allowed(self, plan: StagePlan) -> bool:
        """Whether a plan still has the stage whose run is being made ready: the run is named by it
        once it has begun."""
        project, name = self.starting or (None, "")
        if self.project is None or self.project.path != project or plan.by_name(name) is not None:
            return True
        words = self.tr("{0} is being made ready: rename or remove it once its training has begun.")
        self.refused.emit(words.format(name))
        self.changed.emit()  # the form shows again what is
        return False

    def _remember(self, what: tuple[str, ...] = ()) -> None:
        """Let the present plan be undone to, unless the same words are only typed on."""
        clock = time.monotonic()
        typing = bool(what) and what == self._typed[0] and clock - self._typed[1] < _TYPING_S
        if not typing:
            self._undo = [*self._undo, self.plan][-_MOST_UNDO:]
        self._typed = (what, clock)
        self._redo = []

    def replace(self, stage: Stage) -> None:
        """Change the selected stage; `refused` says why it cannot be."""
        if self.stage is None or stage == self.stage:
            return
        before = dict(self.stage)
        changed = tuple(name for name, value in stage if value != before[name])
        self._try(lambda: self.plan.with_stage(stage, self.current), stage.name, changed)

    def update(self, **changes: Any) -> None:
        """Change fields of the selected stage."""
        if self.stage is not None:
            self.replace(self.stage.model_copy(update=changes))

    def add(self) -> None:
        """Add a stage that goes on from the selected one."""
        from studio.workflows.generate.stages import Start

        before = self.stage
        name = self.plan.unused_name(self.tr("New stage"))
        if before is None:
            stage = Stage(name=name, settings={"resolution": 64, "gamma": 0.1, "kimg": 100.0})
        else:
            start = Start(kind="stage", stage=before.name)
            stage = Stage(
                name=name,
                start=start,
                data=StageData(),
                settings={**before.settings, "freezed": 0},
            )
        self._try(lambda: self.plan.with_stage(stage), name)

    def remove(self) -> None:
        """Take the selected stage out of the plan; its run stays."""
        stage = self.stage
        if stage is not None:
            self._try(lambda: self.plan.without(stage.name), stage.start.stage)

    def undo(self) -> None:
        """Take the last change back."""
        if self._undo and self._allowed(self._undo[-1]):
            self._redo.append(self.plan)
            self._use_plan(self._with_runs(self._undo.pop()), self.current)

    def redo(self) -> None:
        """Make the change again that was taken back."""
        if self._redo and self._allowed(self._redo[-1]):
            self._undo.append(self.plan)
            self._use_plan(self._with_runs(self._redo.pop()), self.current)

    def _with_runs(self, plan: StagePlan) -> StagePlan:
        """An earlier plan with the runs that stages have now: no undo forgets a training."""
        runs = {stage.name: stage.run for stage in self.plan.stages}
        stages = tuple(
            one.model_copy(update={"run": runs.get(one.name, one.run)}) for one in plan.stages
        )
        return plan.model_copy(update={"stages": stages})

    def can_undo(self) -> bool:
        return bool(self._undo)

    def can_redo(self) -> bool:
        return bool(self._redo)

    def attach(self, name: str, run_dir: Path) -> None:
        """Name the run that trains a stage; that is not a change to be undone."""
        stage, project = self.plan.by_name(name), self.project
        if stage is None or project is None:
            return
        run = stage.model_copy(update={"run": run_name(project, run_dir)})
        self._use_plan(self.plan.with_stage(run, name), self.current)
        self.save_now()

    def select(self, name: str) -> None:
        """Select a stage."""
        if name != self.current and self.plan.by_name(name) is not None:
            self.current = name
            self.changed.emit()

    def stage_of(self, run_dir: Path) -> Stage | None:
        """The stage that a run trains."""
        project = self.project
        if project is None:
            return None
        return next((s for s in self.plan.stages if run_folder(project, s) == run_dir), None)

    def save_now(self) -> None:
        """Keep the plan in the project."""
        self._save.stop()
        if self.project is not None and self.editable:
            try:
                save_plan(self.project, self.plan)
            except StudioError as error:
                self.refused.emit(str(error))

    def _try(self, make: Any, current: str, changed: tuple[str, ...] = ()) -> None:
        try:
            plan = make()
        except StudioError as error:
            self.refused.emit(str(error))
            self.changed.emit()  # the form shows again what is
        else:
            if self._allowed(plan):
                self._remember((self.current, *changed) if changed else ())
                self._use_plan(plan, current)

    def _use_plan(self, plan: StagePlan, current: str) -> None:
        self.plan = plan
        known = plan.by_name(current) or next(iter(plan.stages), None)
        self.current = known.name if known else ""
        self._save.start()
        self.changed.emit()
        self.refresh_states()

    # Looking

    def refresh_states(self) -> None:
        """Read anew, in the background, how the stages stand."""
        project, plan = self.project, self.plan
        if project is None:
            return
        if not self._refreshing.begin():
            return

        def work(_: object) -> tuple[dict[str, StageState], dict[str, int], list[str]]:
            names = [snapshot.name for snapshot in project.snapshots.list()]
            return read_stage_states(project, plan), crop_counts(project), names

        task = Task(work)
        task.done.connect(lambda found: self._have(project, *found))
        task.failed.connect(lambda error: self._have_not(project, str(error)))
        task.ended.connect(self._refreshing.end)
        task.start()

    def _have(
        self,
        project: "Project",
        states: dict[str, StageState],
        crops: dict[str, int],
        snapshots: list[str],
    ) -> None:
        if project is not self.project:
            return
        self._trouble = ""
        new = (states, crops, snapshots) != (self.states, self.crops, self.snapshots)
        self.states, self.crops, self.snapshots = states, crops, snapshots
        if any(state.state in GOING for state in states.values()):
            self._poll.start()
        else:
            self._poll.stop()
        if new:
            self.looked.emit()

    def _have_not(self, project: "Project", sentence: str) -> None:
        """Say why the states are not known anew: once, though polling finds it every second."""
        if project is self.project and sentence != self._trouble:
            self._trouble = sentence
            self.refused.emit(sentence)
