"""`can-studio train`: one classifier, with its ROC figures by epoch."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio.cli.common import (
    CANNOT,
    GROUPS,
    INTERRUPTED,
    JSON,
    RULE_HELP,
    ThresholdRule,
    folder_list,
    leave,
    progress,
)
from studio.cli.figures import interval, print_figures
from studio.cli.output import Progress, emit_json, note, say, shown
from studio.cli.run_record import RunRecord
from studio.errors import StudioError, UsageError, counted

if TYPE_CHECKING:
    from studio.jobs.event_models import Event


class RecipeName(StrEnum):
    """How a network is trained."""

    STUDIO = "studio"
    PAPER = "paper"


class Precision(StrEnum):
    """The numbers that a network computes with."""

    AUTO = "auto"
    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"


class Keep(StrEnum):
    """The epoch that tests and predictions use."""

    LAST = "last"
    BEST = "best"


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
Out = Annotated[Path, typer.Option("--out", help="Folder of the run, new or to be resumed.")]
Name = Annotated[str, typer.Option("--name", help="What lists and legends call the run.")]
Model = Annotated[str, typer.Option("--model", help="Any model of timm.")]
Weights = Annotated[str, typer.Option("--weights", help="auto, none, or a file.")]
Epochs = Annotated[int | None, typer.Option("--epochs", min=1, help="The recipe's without it.")]
Recipe = Annotated[RecipeName, typer.Option("--recipe", help="studio or paper.")]
Size = Annotated[int | None, typer.Option("--size", help="Side of the input, pixels.")]
Batch = Annotated[int | None, typer.Option("--batch", help="Pictures a step.")]
LearningRate = Annotated[
    float | None,
    typer.Option("--learning-rate", help="Of the optimiser, up to 1; the recipe's without it."),
]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, max=1024, help="Threads of the CPU; all of them without it."),
]
Numbers = Annotated[
    Precision,
    typer.Option("--precision", help="auto (what the device is fast at), float32 or bfloat16."),
]
KeptEpoch = Annotated[
    Keep | None,
    typer.Option(
        "--keep",
        help="The epoch that tests use: last, or best (by the validation AUC); the recipe's "
        "without it.",
    ),
]
Rule = Annotated[ThresholdRule, typer.Option("--rule", help=RULE_HELP)]
Seed = Annotated[int, typer.Option("--seed", help="Of everything random.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]
Positive = Annotated[str | None, typer.Option("--positive", help="The positive class.")]
Frozen = Annotated[
    bool,
    typer.Option("--frozen/--no-frozen", help="A first result from the frozen backbone."),
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


def train(
    context: typer.Context,
    out: Out,
    train_: Train = None,
    val: Val = None,
    test: Test = None,
    name: Name = "",
    model: Model = "efficientnet_lite0",
    weights: Weights = "auto",
    epochs: Epochs = None,
    recipe: Recipe = RecipeName.STUDIO,
    size: Size = None,
    batch: Batch = None,
    learning_rate: LearningRate = None,
    seed: Seed = 0,
    device: Device = "auto",
    threads: Threads = None,
    precision: Numbers = Precision.AUTO,
    positive: Positive = None,
    keep: KeptEpoch = None,
    rule: Rule = ThresholdRule.YOUDEN,
    frozen: Frozen = True,
    allow_leakage: AllowLeakage = False,
    groups: list[Path] | None = GROUPS,
    resume: Resume = False,
    as_json: bool = JSON,
) -> None:
    """Train a classifier. Ctrl+C stops it where --resume goes on exactly (exit code 130)."""
    settings: dict[str, Any] = {"model": model, "weights": weights, "epochs": epochs}
    settings |= {"recipe": recipe.value, "size": size, "batch": batch, "seed": seed}
    settings |= {"device": device, "positive": positive, "learning_rate": learning_rate}
    settings |= {"threads": threads, "precision": precision.value, "rule": rule.value}
    settings |= {"keep": keep.value if keep is not None else None}
    if not frozen:
        settings["frozen_images"] = 0
    with progress("Training") as tell:
        if resume:
            _refuse_changes(context)
        else:
            folders = folder_list(train_), val, folder_list(test)
            _create(out, *folders, settings, name.strip(), allow_leakage, groups or [], tell)
        record = _Record(out, tell)
        outcome = record.run()
    if as_json:
        emit_json(record.document)
    else:
        record.tell()
    leave({"finished": 0, "stopped": INTERRUPTED, "failed": CANNOT}[outcome])


def _refuse_changes(context: typer.Context) -> None:
    """A resumed run keeps its settings, or its curve would not be the one of not stopping."""
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name not in ("out", "resume", "as_json")
        and (source := context.get_parameter_source(parameter.name or "")) is not None
        and source.name == "COMMANDLINE"
    ]
    if given:
        raise UsageError(
            "--resume goes on with the run in --out as it was begun: leave out "
            f"{', '.join(given)}, or begin a new run without --resume."
        )


def _create(
    out: Path,
    train_: list[Path],
    val: Path | None,
    test: list[Path],
    settings: dict[str, Any],
    name: str,
    allow_leakage: bool,
    groups: list[Path],
    tell: Progress,
) -> None:
    from studio.workflows import LeakageError, check_model, class_counts, create_training

    if not train_:
        raise UsageError("Say what to train on: --train FOLDER (or --resume a run in --out).")
    check_model(settings["model"])  # before any picture is read
    try:
        problems = create_training(
            out,
            train_,
            val,
            test,
            settings,
            name=name,
            allow_leakage=allow_leakage,
            tables=groups,
            on_progress=tell,
        )
    except LeakageError as error:
        raise StudioError(f"{error} (--allow-leakage)") from error
    tell.close()
    for sentence in problems:
        note(shown(sentence, 400))
    for split, counts in class_counts(out).items():
        by_class = ", ".join(f"{shown(label, 60)} {count:,}" for label, count in counts.items())
        note(f"Pictures by class, {shown(split, 60)}: {by_class}")


class _Record(RunRecord):
    """What a training of a classifier says."""

    def __init__(self, out: Path, tell: Progress) -> None:
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

    def run(self) -> str:
        """Run the job here; "finished", "stopped" or "failed"."""
        from studio import jobs

        if jobs.status(self._out).state == "finished":
            raise StudioError(f"{self._out} has finished; there is nothing to resume.")
        outcome = jobs.run_here(self._out, self.hear, kind="train")
        self.document["state"] = outcome
        return outcome

    def hear_more(self, event: "Event") -> None:
        from studio.jobs import event_models as said

        fields = dict(event.fields)
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
            self._take_validation(event.result.get("validation"))
        elif isinstance(event, said.LogEvent):
            self.note(shown(event.message, 400))

    def _take_validation(self, figures: dict[str, Any] | None) -> None:
        """Figures of the kept epoch; point and classes of the run itself are those."""
        self.document["validation"] = figures
        if figures is not None:
            self.document["operating_point"] = figures["operating_point"]
            self.document["classes"] = figures["classes"]

    def tell(self) -> None:
        """The outcome for a reader."""
        epochs, state = self.document["epochs"], self.document["state"]
        validation = self.document["validation"]
        if validation is not None:
            kept = f"epoch {validation['epoch']} of {len(epochs)}"
            name = shown(validation["positive"], 60)
            say(f"Validation AUC of {name}: {interval(validation)}, {kept}.")
            print_figures(validation)
        elif epochs:
            say(f"Validation AUC {interval(epochs[-1])} after {counted(len(epochs), 'epoch')}.")
        for test in self.document["tests"]:
            pictures = counted(test["n"], "picture")
            name = shown(test["positive"], 60)
            say(f"Test {shown(test['name'], 60)}: AUC of {name} {interval(test)}, {pictures}.")
            print_figures(test)
        say(f"The run {shown(self._out)} has {state}. Research use, not a diagnosis.")


def _plan(plan: dict[str, Any]) -> str:
    return (
        f"{plan['images']:,} pictures, classes {', '.join(plan['classes'])}, positive "
        f"{plan['positive']}; {plan['model']} from {plan['weights']['source']} on {plan['device']}"
    )


def _epoch(epoch: dict[str, Any]) -> str:
    left = epoch["seconds_left"]
    return (
        f"Epoch {epoch['epoch']}: loss {epoch['loss']:.4f}, AUC {interval(epoch)}, "
        f"{epoch['images_per_s']:.1f} images/s" + (f", {left:.0f} s left" if left >= 1 else "")
    )
