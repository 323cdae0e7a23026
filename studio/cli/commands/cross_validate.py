"""`can-studio cross-validate`: how well a recipe does on images that it does not see."""

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
    leave,
    progress,
)
from studio.cli.figures import interval, macro_words, print_confusion
from studio.cli.model_options import options_from
from studio.cli.output import ProgressReporter, echo, emit_json, note, shown, table
from studio.cli.run_record import RunRecord
from studio.cli.training_options import (
    Config,
    Frozen,
    Set,
    asked_training,
    refuse_changes,
)
from studio.errors import UsageError
from studio.wording import counted

if TYPE_CHECKING:
    from studio.jobs.event_models import JobEvent
    from studio.workflows.train_config import TrainingFile

Data = Annotated[
    list[Path] | None,
    typer.Argument(help="Folders class/image; several count as one.", show_default=False),
]
Out = Annotated[Path | None, typer.Option("--out", help="Folder to write, new or to be resumed.")]
Folds = Annotated[
    int, typer.Option("--folds", min=2, max=100, help="Parts, each of which is judged once.")
]
By = Annotated[
    list[str] | None,
    typer.Option(
        "--by",
        help="Column of the table beside the class folders: figures for each of its values too; "
        "may be given several times. skin_tone, sex, age and site without it.",
    ),
]
Workers = Annotated[
    int, typer.Option("--workers", min=1, max=64, help="Trainings at once, where there is room.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Go on with the one in --out, as it was begun.")
]


@options_from("studio.classify.config:TrainConfig")
def cross_validate(
    context: typer.Context,
    data: Data = None,
    out: Out = None,
    folds: Folds = 5,
    by: By = None,
    *,
    settings: dict[str, Any],
    frozen: Frozen = True,
    set_: Set = None,
    config: Config = None,
    groups: list[Path] | None = GROUPS,
    where: str = WHERE,
    labels: Path | None = LABELS,
    workers: Workers = 1,
    resume: Resume = False,
    as_json: bool = JSON,
) -> None:
    """Train once for each part of the images, on the others, and judge every image by the run that
    did not see it.

    The parts never split a patient, lesion or photograph, and have about as many images of each
    class. scores.csv has the score of every image with its fold, its group and what is known of it.
    Ctrl+C stops it where --resume goes on (exit code 130); a kill costs what the running fold has
    done since its last epoch. The exit code is 1 where images could not be read.
    """
    if resume:
        refuse_changes(context)
    if out is None:
        raise UsageError("Say where the cross-validation goes: --out FOLDER.")
    with progress("Cross-validation") as tell:
        if not resume:
            asked = asked_training(
                context, config, settings, set_, frozen,
                train=data, groups=groups, where=where, labels=labels,
            )  # fmt: skip
            _create(out, asked, folds, by or [], workers, tell)
        record = _CrossValidationRecord(out, tell)
        outcome = record.run()
    if as_json:
        emit_json(record.document)
    else:
        record.print_summary()
    done = 1 if record.document.get("unreadable") else 0
    leave({"finished": done, "stopped": INTERRUPTED, "failed": CANNOT}[outcome])


def _create(
    out: Path, asked: "TrainingFile", folds: int, by: list[str], workers: int,
    tell: ProgressReporter,
) -> None:  # fmt: skip
    from studio.classify import TrainConfig
    from studio.workflows import check_model
    from studio.workflows.cross_validation import create_cross_validation

    if not asked.train:
        raise UsageError("Say which images: can-studio cross-validate FOLDER --out OUT.")
    check_model(TrainConfig.parse(asked.settings).model)  # before any picture is read
    problems = create_cross_validation(
        out, asked.train, asked.settings, folds=folds, by=by, workers=workers,
        tables=asked.groups, where=asked.where, labels=asked.labels, on_progress=tell,
    )  # fmt: skip
    tell.close()
    for sentence in problems:
        note(shown(sentence, 400))


class _CrossValidationRecord(RunRecord):
    """What a cross-validation says while it runs, and its figures."""

    def __init__(self, out: Path, tell: ProgressReporter) -> None:
        super().__init__(tell, folder=str(out), state="failed", scores=None)
        self._out = out

    def run(self) -> str:
        """Run the job here; "finished", "stopped" or "failed". A finished one is only read."""
        from studio import jobs
        from studio.workflows.cross_validation import SCORES_FILE, read_figures

        kind = jobs.load(self._out).kind
        done = kind == "cross-validation" and jobs.status(self._out).state == "finished"
        outcome = (
            "finished"
            if done
            else jobs.run_here(self._out, self.handle_event, kind="cross-validation")
        )
        self.document["state"] = outcome
        if outcome == "finished":
            self.document |= read_figures(self._out)
            self.document["scores"] = str(self._out / SCORES_FILE)
        return outcome

    def handle_kind_event(self, event: "JobEvent") -> None:
        from studio.jobs import event_models as said

        if isinstance(event, said.TrainingEvent) and event.state != "running":
            words = {"again": "crashed and is tried once more"}.get(event.state, event.state)
            took = f" in {wording.duration(event.seconds)}" if event.seconds else ""
            why = f": {shown(event.error, 400)}" if event.error else ""
            self.note(f"{shown(event.name)} {words}{took}{why}")
        elif isinstance(event, said.LogEvent):
            self.note(shown(event.message, 400))

    def print_summary(self) -> None:
        """The figures for a reader."""
        document = self.document
        if document["state"] != "finished":
            echo(f"The cross-validation {shown(self._out)} has {document['state']}.")
            return
        groups = f" in {counted(document['groups'], 'group')}" if document["groups"] else ""
        echo(
            f"{counted(document['n'], 'image')}{groups}, each scored by the run of the other "
            f"{document['folds'] - 1} of {document['folds']} parts."
        )
        if len(document["classes"]) > 2:
            echo(f"Macro AUC, the mean over classes: {macro_words(document)}")
        table(
            "One class against the rest",
            ["class", "images", "AUC"],
            [
                (name, wording.count(one["n"]), interval(one, "low", "high"))
                for name, one in document["classes"].items()
            ],
        )
        for name, what in (("top1", "the likeliest"), ("top3", "one of the three likeliest")):
            if (share := document[name]) is not None:
                words = wording.percent_interval(share["value"], share["low"], share["high"])
                echo(f"The true class is {what}: {words}")
        if document["unreadable"]:
            echo(f"{counted(document['unreadable'], 'image')} could not be read and has no score.")
        self._print_folds()
        for field, told in document["subgroups"].items():
            _print_subgroups(field, told, len(document["classes"]))
        print_confusion(document["confusion"])
        facts = document["interval"]
        level = wording.percent(facts["level"], 0)
        echo(f"Intervals: {level}, {facts['auc']}; {facts['counting']}.")
        echo(f"Scores of every image: {shown(document['scores'])}. Research use, not a diagnosis.")

    def _print_folds(self) -> None:
        document = self.document
        if document["fold_mean"] is None or document["fold_sd"] is None:
            return
        each = ", ".join(
            wording.number(one["macro"]) if one["macro"] is not None else "undefined"
            for one in document["by_fold"]
        )
        mean, sd = wording.number(document["fold_mean"]), wording.number(document["fold_sd"])
        what = "Macro AUC" if len(document["classes"]) > 2 else "AUC"
        echo(f"{what} within each fold: {each}; mean {mean}, SD {sd}.")


def _print_subgroups(field: str, told: dict[str, Any], classes: int) -> None:
    rows: list[tuple[object, ...]] = []
    for name, one in told["values"].items():
        macro = macro_words(one) if one["classes"] > 1 else "undefined"
        if classes == 2:
            rows.append((name, one["n"], macro))
        else:
            over = f"{one['classes']} of {classes}"
            rows.append((name, one["n"], over, macro, f"{interval(one, 'low', 'high')}"))
    heads = ["AUC"] if classes == 2 else ["classes in it", "macro AUC", "AUC of the positive class"]
    table(f"By {shown(field, 60)}", [shown(field, 40), "images", *heads], rows)
    left = [
        f"{counted(told[one], 'image')} {words}"
        for one, words in (("few", "of values with too few"), ("unknown", "of which it is unknown"))
        if told[one]
    ]
    if left:
        echo(f"Left out: {', '.join(left)}.")
