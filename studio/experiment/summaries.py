"""The experiments of a project, and those of other folders, at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from studio import jobs
from studio.jobs.event_models import ExperimentPlanEvent, TrainingEvent
from studio.jobs.kinds import EXPERIMENT
from studio.results.run_list import RunsOwner, RunSummary, folders_of, plain_summary


@dataclass(frozen=True)
class ExperimentSummary(RunSummary):
    """How many trainings have finished of how many; 0 of 0 while that is not known."""

    finished: int = 0
    trainings: int = 0


def list_experiments(
    project: RunsOwner | None, others: Sequence[Path] = ()
) -> list[ExperimentSummary]:
    """Experiments, newest first: the project's, then other folders."""
    found = map(experiment_summary, folders_of(project, EXPERIMENT, others))
    return [one for one in found if one is not None]


def experiment_at(run_dir: Path) -> RunSummary | None:
    """What an experiment is called and its state, without its trainings being counted; None for a
    folder that holds none."""
    return plain_summary(run_dir, EXPERIMENT)


def experiment_summary(run_dir: Path) -> ExperimentSummary | None:
    """An experiment at a glance; None for a folder that holds none."""
    found = experiment_at(run_dir)
    if found is None:
        return None
    if found.state == "unreadable":
        return ExperimentSummary(**vars(found))
    lines, _ = jobs.read_events(run_dir, 0)
    plans = jobs.parse_events(lines, ExperimentPlanEvent)
    states = {one.name: one.state for one in jobs.parse_events(lines, TrainingEvent)}
    total = plans[-1].trainings if plans else 0
    return ExperimentSummary(
        **vars(found), finished=list(states.values()).count("finished"), trainings=total
    )
