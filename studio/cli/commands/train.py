"""`can-studio train`: one classifier, with its ROC figures by epoch."""

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio import wording
from studio.cli.common import (
    CANNOT,
    GROUPS,
    INTERRUPTED,
    JSON,
    LABELS,
    WHERE,
    folder_list,
    leave,
    progress,
)
from studio.cli.figures import interval, print_figures
from studio.cli.model_options import options_from
from studio.cli.output import ProgressReporter, echo, emit_json, note, shown
from studio.cli.run_record import RunRecord
from studio.cli.training_options import (
    Config,
    Frozen,
    Set,
    asked_training,
    given_options,
    refuse_changes,
)
from studio.errors import StudioError, UsageError
from studio.results.tensorboard_log import TensorboardLog, require_tensorboard
from studio.wording import counted

if TYPE_CHECKING:
    from studio.jobs.event_models import JobEvent
    from studio.workflows.train_config import TrainingFile

Train = Annotated[
    list[Path] | None,
    typer.Option("--train", help="Folder class/image; may be given several times."),
]
Val = Annotated[
    Path | None,
    typer.Option("--val", help="Validation folder; a fifth of the training pictures without it."),
]
Test = Annotated[
    list[Path] | None, typer.Option("--test", help="Test folder; may be given several times.")
]
PrintConfig = Annotated[
    bool, typer.Option("--print-config", help="Print such a file for what is given, and leave.")
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of the run, new or to be resumed.")]
Name = Annotated[str, typer.Option("--name", help="What lists and legends call the run.")]
HoldOut = Annotated[
    bool,
    typer.Option(
        "--hold-out/--no-hold-out",
        help="Without --val, hold a fifth of the training pictures out for validation, or train "
        "on all of them: no curve by epoch and no threshold then.",
    ),
]
AllowLeakage = Annotated[
    bool,
    typer.Option(
        "--allow-leakage", help="Train although test pictures are among the training ones."
    ),
]
Resume = Annotated[
    bool,
    typer.Option("--resume", help="Go on with the run in --out, as it was begun."),
]

Tensorboard = Annotated[
    Path | None,
    typer.Option(
        "--tensorboard", help="Write event files for TensorBoard into this folder, by epoch."
    ),
]


@options_from("studio.classify.config:TrainConfig")
def train(
    context: typer.Context,
    out: Out = None,
    train_: Train = None,
    val: Val = None,
    hold_out: HoldOut = True,
    test: Test = None,
    name: Name = "",
    *,
    settings: dict[str, Any],
    frozen: Frozen = True,
    set_: Set = None,
    config: Config = None,
    print_config: PrintConfig = False,
    allow_leakage: AllowLeakage = False,
    groups: list[Path] | None = GROUPS,
    where: str = WHERE,
    labels: Path | None = LABELS,
    resume: Resume = False,
    tensorboard: Tensorboard = None,
    as_json: bool = JSON,
) -> None:
    """Train a classifier. Ctrl+C stops it where --resume goes on exactly (exit code 130).

    Every setting of a run can be given by --set, or in a file by --config. The command line goes
    before the file; a setting that has an option of its own is given by that or by --set, not by
    both. --frozen takes as many pictures as the file says, where it says any. Each run keeps
    such a file, config.toml, which gives the same run again.
    """
    if resume:
        refuse_changes(context)
    else:
        given = given_options(context)
        asked = asked_training(
            context, config, settings, set_, frozen,
            train=train_, groups=groups, where=where, labels=labels,
        )  # fmt: skip
        asked = replace(
            asked,
            name=name.strip() if "name" in given else asked.name,
            val=asked.val if val is None else val,
            tests=tuple(folder_list(test)) or asked.tests,
            allow_leakage=allow_leakage or asked.allow_leakage,
            hold_out=hold_out if "hold_out" in given else asked.hold_out,
        )
        if print_config:
            _print(asked)
            return
    if out is None:
        raise UsageError("Say where the run goes: --out FOLDER.")
    if tensorboard is not None:
        require_tensorboard()  # before any picture is read
    with progress("Training") as tell:
        if not resume:
            _create(out, asked, tell)
        record = _ClassifierRunRecord(out, tell)
        with contextlib.ExitStack() as open_files:
            if tensorboard is not None:
                record.log = open_files.enter_context(TensorboardLog(tensorboard, out))
            outcome = record.run()
    if as_json:
        emit_json(record.document)
    else:
        record.print_summary()
    leave({"finished": 0, "stopped": INTERRUPTED, "failed": CANNOT}[outcome])


def _print(asked: "TrainingFile") -> None:
    from studio.workflows.train_config import training_text

    typer.echo(training_text(asked), nl=False)


def _create(out: Path, asked: "TrainingFile", tell: ProgressReporter) -> None:
    from studio.classify import TrainConfig
    from studio.classify.classes import small_set_advice
    from studio.workflows import LeakageError, check_model, class_counts, create_training

    if not asked.train:
        raise UsageError("Say what to train on: --train FOLDER (or --resume a run in --out).")
    check_model(TrainConfig.parse(asked.settings).model)  # before any picture is read
    try:
        problems = create_training(
            out,
            asked.train,
            asked.val,
            asked.tests,
            asked.settings,
            name=asked.name,
            allow_leakage=asked.allow_leakage,
            tables=asked.groups,
            where=asked.where,
            labels=asked.labels,
            hold_out=asked.hold_out,
            on_progress=tell,
        )
    except LeakageError as error:
        raise StudioError(f"{error} (--allow-leakage)") from error
    tell.close()
    for sentence in problems:
        note(shown(sentence, 400))
    told = class_counts(out)
    advice = small_set_advice(sum(told["train"].values()), asked.settings.get("recipe", "studio"))
    if advice:
        note(advice)
    for split, counts in told.items():
        by_class = ", ".join(
            f"{shown(label, 60)} {wording.count(count)}" for label, count in counts.items()
        )
        note(f"Pictures by class, {shown(split, 60)}: {by_class}")


class _ClassifierRunRecord(RunRecord):
    """What a training of a classifier says."""

    def __init__(self, out: Path, tell: ProgressReporter) -> None:
        super().__init__(
            tell,
            run=str(out),
            state="failed",
            plan=None,
            frozen=None,
            epochs=[],
            validation=None,
            operating_point=None,
            classes={},
            tests=[],
        )
        self._out = out
        self.log: TensorboardLog | None = None

    def run(self) -> str:
        """Run the job here; "finished", "stopped" or "failed"."""
        from studio import jobs

        if jobs.status(self._out).state == "finished":
            raise StudioError(f"{self._out} has finished; there is nothing to resume.")
        outcome = jobs.run_here(self._out, self.handle_event, kind="train")
        self.document["state"] = outcome
        return outcome

    def handle_kind_event(self, event: "JobEvent") -> None:
        from studio.jobs import event_models as said

        fields = dict(event.fields)
        if self.log is not None:
            self.log.handle_event(event)
        if isinstance(event, said.TrainPlanEvent):
            self.document["epochs"] = list(fields.pop("history"))
            self.document["plan"] = fields
            self.note(_plan(fields))
        elif isinstance(event, said.FrozenEvent):
            self.document["frozen"] = fields
            self.note(f"Frozen backbone: AUC {interval(fields, 'low', 'high')}")
        elif isinstance(event, said.EpochEvent):
            self.document["epochs"].append(fields)
            self.note(_epoch(fields))
        elif isinstance(event, said.TestEvent):
            self.document["tests"].append(fields)
            self.note(f"Test {shown(fields['name'], 60)}: AUC {interval(fields)}")
        elif isinstance(event, said.FinishedEvent):
            self._store_validation(event.result.get("validation"))
        elif isinstance(event, said.LogEvent):
            self.note(shown(event.message, 400))

    def _store_validation(self, figures: dict[str, Any] | None) -> None:
        """Figures of the kept epoch; point and classes of the run itself are those."""
        self.document["validation"] = figures
        if figures is not None:
            self.document["operating_point"] = figures["operating_point"]
            self.document["classes"] = figures["classes"]

    def print_summary(self) -> None:
        """The outcome for a reader."""
        epochs, state = self.document["epochs"], self.document["state"]
        validation = self.document["validation"]
        if validation is not None:
            kept = f"epoch {validation['epoch']} of {len(epochs)}"
            name = shown(validation["positive"], 60)
            echo(f"Validation AUC of {name}: {interval(validation)}, {kept}.")
            print_figures(validation)
        elif epochs:
            echo(f"Validation AUC {interval(epochs[-1])} after {counted(len(epochs), 'epoch')}.")
        for test in self.document["tests"]:
            pictures = counted(test["n"], "picture")
            name = shown(test["positive"], 60)
            echo(f"Test {shown(test['name'], 60)}: AUC of {name} {interval(test)}, {pictures}.")
            print_figures(test)
        echo(f"The run {shown(self._out)} has {state}. Research use, not a diagnosis.")


def _plan(plan: dict[str, Any]) -> str:
    return (
        f"{counted(plan['images'], 'picture')}, classes {', '.join(plan['classes'])}, positive "
        f"{plan['positive']}; {plan['model']} from {plan['weights']['source']} on {plan['device']}"
    )


def _epoch(epoch: dict[str, Any]) -> str:
    left = epoch["seconds_left"]
    pace = wording.significant(epoch["images_per_s"])
    return (
        f"Epoch {epoch['epoch']}: loss {wording.number(epoch['loss'], 4)}, AUC {interval(epoch)}, "
        f"{pace} images/s" + (f", {wording.duration(left)} left" if left >= 1 else "")
    )
