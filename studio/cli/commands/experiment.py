"""`can-studio experiment`: many trainings on many test sets, and one table."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studio import wording
from studio.cli.common import CANNOT, FAILURES, INTERRUPTED, JSON, leave, progress
from studio.cli.output import ProgressReporter, echo, emit_json, note, shown, table
from studio.cli.run_record import RunRecord
from studio.errors import StudioError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from studio.experiment.plan import ExperimentPlan
    from studio.experiment.presets import PresetPlan
    from studio.experiment.table import ExperimentTable
    from studio.jobs.event_models import JobEvent, TrainingEvent

experiment = typer.Typer(
    name="experiment",
    help="Train many times by one plan, score each training on many test sets, and tell what the "
    "data allow to be said.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class TableFormat(StrEnum):
    """How a table is written."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"
    LATEX = "latex"


class ExecutorName(StrEnum):
    """Where the trainings of an experiment run."""

    LOCAL = "local"
    RAY = "ray"


_MOST_PAIRS = 20
_PLAN = typer.Argument(..., help="File of the plan (TOML).", show_default=False)


@experiment.command("plan")
def plan(
    file: Path = _PLAN,
    preset: str = typer.Option(
        "", "--preset", help="Write this plan: paper, paper-small or does-synthetic-help."
    ),
    data: Path | None = typer.Option(
        None, "--data", help="Folder with a folder of class folders for each data set."
    ),
    as_json: bool = JSON,
) -> None:
    """Write the plan of a preset for the data sets in --data, or show a plan that is there.

    Data sets that are not on the disk are left out and named.
    """
    from studio.experiment.plan import write_plan
    from studio.experiment.presets import preset_plan
    from studio.workflows.experiment.data import load_plan

    if not preset:
        if data is not None:
            raise UsageError("--data goes with --preset: say which plan to write.")
        _show_plan(file, load_plan(file), None, as_json)
        return
    if data is None:
        raise UsageError("Say where the data sets are: --data FOLDER.")
    made = preset_plan(preset, data)
    comments = [f"The preset {preset} for {shown(data.absolute())}."]
    comments += [f"Missing: {one.sentence}" for one in made.missing]
    write_plan(file, made.plan, comments)
    _show_plan(file, made.plan, made, as_json)


def _show_plan(
    file: Path, plan: "ExperimentPlan", preset: "PresetPlan | None", as_json: bool
) -> None:
    from studio.experiment.presets import trainings_sentence
    from studio.experiment.trainings import list_trainings

    listed = list_trainings(plan)
    missing = preset.missing if preset is not None else ()
    if as_json:
        document: dict[str, Any] = {
            "plan": str(file),
            "positive": plan.positive,
            "baseline": plan.baseline,
            "repeats": plan.repeats,
            "recipe": plan.recipe,
            "models": list(plan.models),
            "classes": list(plan.classes),
            "mixes": {m.name: [str(one.folder) for one in m.folders] for m in plan.mixes},
            "tests": {name: str(folder) for name, folder in plan.tests.items()},
            "settings": dict(plan.settings),
            "trainings": len(listed.trainings),
            "trainings_unshared": listed.asked,
            "missing": [
                {"set": m.name, "looked_for": list(m.looked_for), "left_out": list(m.left_out)}
                for m in missing
            ],
        }
        if preset is not None:
            document["whole_trainings"] = preset.whole
            document["whole_trainings_unshared"] = preset.whole_asked
        emit_json(document)
        return
    for one in missing:
        note(one.sentence)
    rows = [
        (mix.name, ", ".join(_folder_words(one.folder, one.count) for one in mix.folders))
        for mix in plan.mixes
    ]
    table("Mixes", ["mix", "folders"], rows)
    table("Test sets", ["test", "folder"], [(n, str(f)) for n, f in plan.tests.items()])
    echo(f"{shown(file)}: {trainings_sentence(plan)}")
    if preset is not None and missing and preset.whole is not None:
        echo(f"With all its data sets the preset has {wording.count(preset.whole)} trainings.")


@experiment.command("run")
def run(
    file: Path = _PLAN,
    out: Path = typer.Option(..., "--out", help="Folder of the experiment, new or to be resumed."),
    resume: bool = typer.Option(
        False, "--resume", help="Go on with the experiment in --out; a new one is begun."
    ),
    executor: ExecutorName = typer.Option(
        ExecutorName.LOCAL, "--executor", help="local, or ray: the Ray cluster that is found."
    ),
    workers: int = typer.Option(
        1, "--workers", min=1, max=64, help="Trainings at once, where the device has room."
    ),
    leakage: bool = typer.Option(
        True, "--leakage/--no-leakage", help="Look for test images among training images first."
    ),
    as_json: bool = JSON,
) -> None:
    """Run every training of a plan. Ctrl+C stops it where --resume goes on (exit code 130).

    A training that crashes is tried once more and then reported; the others go on (exit code 1).
    """
    from studio.jobs.kinds import ExperimentParams
    from studio.workflows.experiment.run import create_experiment

    params = ExperimentParams(workers=workers, executor=executor.value, check_leakage=leakage)
    create_experiment(file, out, params=params, resume=resume)
    with progress("Experiment") as tell:
        record = _ExperimentRunRecord(out, tell)
        outcome = record.run()
    if as_json:
        emit_json(record.document)
    else:
        record.print_summary()
    code = FAILURES if record.document["failed"] else 0
    leave({"finished": code, "stopped": INTERRUPTED, "failed": CANNOT}[outcome])


@experiment.command("table")
def table_(
    folder: Path = typer.Argument(..., help="Folder of the experiment.", show_default=False),
    form: TableFormat = typer.Option(TableFormat.TEXT, "--format", help="How it is written."),
    out: Path | None = typer.Option(None, "--out", help="File to write it to, a new one."),
    roc: Path | None = typer.Option(
        None,
        "--roc",
        help="Write roc_<class>.xlsx of every cell and an R script for pROC into this folder, new "
        "or empty, too.",
    ),
    as_json: bool = JSON,
) -> None:
    """The table of the trainings that have finished: AUC by mix and test set, differences to the
    baseline, and what may be said of them."""
    from studio.experiment.roc_files import write_experiment_roc
    from studio.experiment.table import experiment_table
    from studio.experiment.table_files import table_content
    from studio.files import write_bytes

    form = TableFormat.JSON if as_json else form
    if out is not None and out.exists():
        raise UsageError(f"{shown(out)} is there already: choose another name.")
    found = experiment_table(folder)
    for sentence in found.problems:
        note(shown(sentence, 400))
    if roc is not None:
        files = write_experiment_roc(folder, roc)
        note(f"{wording.counted(len(files), 'file')} written to {shown(roc)}.")
    if out is None and form is TableFormat.TEXT:
        if not found.cells:
            raise StudioError(f"No training of {shown(folder)} has finished yet.")
        _print_table(found)
        return
    if out is None and form is TableFormat.XLSX:
        raise UsageError("A workbook needs a file: --out FILE.")
    content = table_content(found, form.value)
    if out is None:
        typer.echo(content.decode(), nl=False)
        return
    try:
        write_bytes(out, content)
    except OSError as error:
        raise StudioError(f"{out} cannot be written: {error.strerror}.") from error
    echo(f"The table is in {shown(out)}.")


def _print_table(found: "ExperimentTable") -> None:
    from studio.experiment.table_files import (
        CLASS_HEADS,
        class_grid,
        comparison_words,
        grid_rows,
        measures,
    )
    from studio.experiment.verdict import verdict

    for model in found.models:
        for measure, macro in measures(found):
            title = f"{model}: {shown(measure, 60)}, mean (SD) over seeds"
            table(title, ["mix", *found.tests, "mean"], grid_rows(found, model, macro=macro))
        if found.several:
            title = f"{model}: each class against the rest"
            table(title, [*CLASS_HEADS], class_grid(found, model))
    for line in comparison_words(found):
        echo(shown(line, 400))
    for sentence in verdict(found):
        echo(shown(sentence, 1000))


@experiment.command("leakage")
def leakage_(
    file: Path = _PLAN,
    neighbours: int = typer.Option(
        0,
        "--neighbours",
        min=0,
        help="So many nearest pairs in the features of a pretrained backbone as well, of each mix "
        "and test set, to be looked at.",
    ),
    as_json: bool = JSON,
) -> None:
    """Compare the images of every mix of a plan with those of every test set.

    A test set that is in a mix is left out of what is trained for it, and is not compared with
    itself. The exit code is 1 where any test image was found, or images could not be read.
    """
    from studio.workflows.experiment.leakage import check_plan
    from studio.workflows.experiment.neighbours import nearest_neighbours

    with progress("Leakage") as tell:
        found = check_plan(file, tell)
        document = found.to_document()
        if neighbours:
            document["neighbours"] = nearest_neighbours(found, neighbours, tell)
    for sentence in document["unreadable"]:
        note(shown(sentence, 400))
    if as_json:
        emit_json(document)
    else:
        rows = [
            (one["mix"], one["test"], one["test_images"], one["images"], one["possible"])
            for one in document["checks"]
        ]
        table(
            "Test images among training images",
            ["trained on", "test", "found", "of", "pairs to be looked at"],
            rows,
        )
        for pair in document["pairs"][:_MOST_PAIRS]:
            echo(
                shown(f"{pair['kind'].replace('_', ' ')}: {pair['test']} and {pair['train']}", 400)
            )
        if len(document["pairs"]) > _MOST_PAIRS:
            echo(f"The first {_MOST_PAIRS} pairs; --json has more.")
        for sentence in document["sentences"]:
            echo(shown(sentence, 1000))
        print_neighbours(document.get("neighbours", ()))
    leave(0 if document["clean"] else FAILURES)


def print_neighbours(found: "Sequence[dict[str, Any]]") -> None:
    """Print what `nearest_neighbours` gives, a table for each mix and test set."""
    for one in found:
        rows = [
            (wording.number(pair["similarity"]), pair["test"], pair["train"])
            for pair in one["pairs"]
        ]
        table(
            f"Nearest to {shown(one['test'], 60)} in {shown(one['mix'], 60)}, to be looked at",
            ["similarity", "test", "trained on"],
            rows,
        )


class _ExperimentRunRecord(RunRecord):
    """What an experiment says while it runs."""

    def __init__(self, out: Path, tell: ProgressReporter) -> None:
        super().__init__(
            tell, experiment=str(out), state="failed", trainings=0, finished=0, failed={},
            seconds=None, preparation=None, parts={},
        )  # fmt: skip
        self._out = out

    def run(self) -> str:
        """Run the job here; "finished", "stopped" or "failed"."""
        from studio import jobs
        from studio.experiment.folder import read_experiment

        outcome = jobs.run_here(self._out, self.handle_event, kind="experiment")
        state = read_experiment(self._out)
        finished = [one for one in state.trainings.values() if one.state == "finished"]
        parts: dict[str, float] = {}
        for one in finished:
            for part, seconds in one.parts.items():
                parts[part] = parts.get(part, 0.0) + seconds
        self.document |= {"state": outcome, "finished": len(finished), "parts": parts}
        self.document["trainings"] = len(state.trainings)
        return outcome

    def handle_kind_event(self, event: "JobEvent") -> None:
        from studio.jobs import event_models as said

        if isinstance(event, said.ExperimentPlanEvent):
            self.document["preparation"] = event.seconds
            self.note(
                f"{wording.counted(event.trainings, 'training')}; classes "
                f"{', '.join(shown(one, 60) for one in event.classes)}, positive "
                f"{shown(event.positive, 60)}"
            )
        elif isinstance(event, said.TrainingEvent):
            if event.state == "failed":
                self.document["failed"][event.name] = event.error
            if event.state != "running":
                self.note(_training_words(event))
        elif isinstance(event, said.FinishedEvent):
            self.document["seconds"] = event.result["seconds"]
        elif isinstance(event, said.LogEvent):
            self.note(shown(event.message, 400))

    def print_summary(self) -> None:
        """The outcome for a reader."""
        document = self.document
        done = wording.progress(document["finished"], document["trainings"], "trainings")
        echo(f"The experiment {shown(self._out)} has {document['state']}: {done}.")
        if document["state"] == "finished":
            echo(f"can-studio experiment table {shown(self._out)} says what came out.")


def _training_words(event: "TrainingEvent") -> str:
    if event.state == "finished":
        tests = ", ".join(
            f"{shown(name, 40)} {wording.number(one.get('auc'))}"
            for name, one in event.tests.items()
        )
        return f"{shown(event.name)}: AUC {tests}"
    words = {"again": "crashed and is tried once more", "failed": "failed", "stopped": "stopped"}
    why = f": {shown(event.error, 400)}" if event.error else ""
    return f"{shown(event.name)} {words.get(event.state, event.state)}{why}"


def _folder_words(folder: Path, count: int | None) -> str:
    return folder.name if count is None else f"{wording.count(count)} of {folder.name}"
