"""`can-studio train`: one classifier, with its ROC figures by epoch."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import typer

from studio.cli.common import FAILURES, INTERRUPTED, JSON, leave, progress
from studio.cli.output import Progress, emit_json, note, say, shown
from studio.errors import StudioError, UsageError


class RecipeName(StrEnum):
    """How a network is trained."""

    STUDIO = "studio"
    PAPER = "paper"


def train(
    out: Path = typer.Option(..., "--out", help="Folder of the run, new or to be resumed."),
    train_: list[Path] = typer.Option(
        [], "--train", help="Folder class/image; may be given several times."
    ),
    val: Path | None = typer.Option(
        None, "--val", help="Validation folder; a fifth of the training pictures without it."
    ),
    test: list[Path] = typer.Option([], "--test", help="Test folder; may be given several times."),
    model: str = typer.Option("efficientnet_lite0", "--model", help="Any model of timm."),
    weights: str = typer.Option("auto", "--weights", help="auto, none, or a file."),
    epochs: int | None = typer.Option(None, "--epochs", min=1, help="The recipe's without it."),
    recipe: RecipeName = typer.Option(RecipeName.STUDIO, "--recipe", help="studio or paper."),
    size: int | None = typer.Option(None, "--size", help="Side of the input, pixels."),
    batch: int | None = typer.Option(None, "--batch", help="Pictures a step."),
    seed: int = typer.Option(0, "--seed", help="Of everything random."),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    positive: str | None = typer.Option(None, "--positive", help="The positive class."),
    frozen: bool = typer.Option(
        True, "--frozen/--no-frozen", help="A first result from the frozen backbone."
    ),
    allow_leakage: bool = typer.Option(
        False, "--allow-leakage", help="Train although test pictures are among the training ones."
    ),
    resume: bool = typer.Option(False, "--resume", help="Go on with the run in --out."),
    as_json: bool = JSON,
) -> None:
    """Train a classifier. Ctrl+C stops it where --resume goes on exactly (exit code 130)."""
    settings: dict[str, Any] = {
        "model": model,
        "weights": weights,
        "epochs": epochs,
        "recipe": recipe.value,
        "size": size,
        "batch": batch,
        "seed": seed,
        "device": device,
        "positive": positive,
        **({} if frozen else {"frozen_images": 0}),
    }
    with progress("Training") as tell:
        if not resume:
            _create(out, train_, val, test, settings, allow_leakage, tell)
        record = _Record(out, tell)
        outcome = record.run()
    if as_json:
        emit_json(record.document)
    else:
        record.tell()
    leave({"finished": 0, "stopped": INTERRUPTED, "failed": FAILURES}[outcome])


def _create(
    out: Path,
    train_: list[Path],
    val: Path | None,
    test: list[Path],
    settings: dict[str, Any],
    allow_leakage: bool,
    tell: Progress,
) -> None:
    from studio.workflows import LeakageError, create_training

    if not train_:
        raise UsageError("Say what to train on: --train FOLDER (or --resume a run in --out).")
    try:
        problems = create_training(
            out, train_, val, test, settings, allow_leakage=allow_leakage, on_progress=tell
        )
    except LeakageError as error:
        raise StudioError(f"{error} (--allow-leakage)") from error
    for sentence in problems:
        note(shown(sentence, 400))


class _Record:
    """What a run says while it goes, kept for the document and told on stderr."""

    def __init__(self, out: Path, tell: Progress) -> None:
        self._tell = tell
        self._out = out
        self.document: dict[str, Any] = {
            "run": str(out),
            "state": "failed",
            "plan": None,
            "frozen": None,
            "epochs": [],
            "tests": [],
            "warnings": [],
            "error": None,
        }

    def run(self) -> str:
        """Run the job here; "finished", "stopped" or "failed"."""
        from studio import jobs

        if jobs.status(self._out).state == "finished":
            raise StudioError(f"{self._out} has finished; there is nothing to resume.")
        outcome = jobs.run_here(self._out, self._hear)
        self.document["state"] = outcome
        return outcome

    def _hear(self, event: dict[str, Any]) -> None:
        name = event["event"]
        fields = {key: value for key, value in event.items() if key not in ("t", "event")}
        if name == "progress":
            self._tell(event["done"], event["total"], event["message"])
        elif name == "plan":
            self.document["epochs"] = list(fields.pop("history"))
            self.document["plan"] = fields
            self._note(_plan(fields))
        elif name == "frozen":
            self.document["frozen"] = fields
            self._note(f"Frozen backbone: AUC {interval(fields, 'low', 'high')}")
        elif name == "epoch":
            self.document["epochs"].append(fields)
            self._note(_epoch(fields))
        elif name == "test":
            self.document["tests"].append(fields)
            self._note(f"Test {shown(fields['name'], 60)}: AUC {interval(fields)}")
        elif name in ("warning", "log"):
            if name == "warning":
                self.document["warnings"].append(fields["message"])
            self._note(shown(fields["message"], 400))
        elif name == "failed":
            self.document["error"] = fields["message"]
            self._note(shown(fields["message"], 1000))

    def _note(self, text: str) -> None:
        self._tell.close()
        note(text)

    def tell(self) -> None:
        """The outcome for a reader."""
        epochs, state = self.document["epochs"], self.document["state"]
        if epochs:
            say(f"Validation AUC {interval(epochs[-1])} after {len(epochs)} epochs.")
        for test in self.document["tests"]:
            say(f"Test {shown(test['name'], 60)}: AUC {interval(test)}, {test['n']:,} pictures.")
        say(f"The run {shown(self._out)} has {state}. Research use, not a diagnosis.")


def interval(fields: dict[str, Any], low: str = "auc_low", high: str = "auc_high") -> str:
    """An AUC with its DeLong interval, or that it is undefined."""
    if fields.get("auc") is None:
        return "undefined"
    if fields.get(low) is None or fields.get(high) is None:
        return f"{fields['auc']:.3f} (interval not estimable)"
    return f"{fields['auc']:.3f} ({fields[low]:.3f}–{fields[high]:.3f})"


def _plan(plan: dict[str, Any]) -> str:
    return (
        f"{plan['images']:,} pictures, classes {', '.join(plan['classes'])}, positive "
        f"{plan['positive']}; {plan['model']} from {plan['weights']['source']} on {plan['device']}"
    )


def _epoch(epoch: dict[str, Any]) -> str:
    return (
        f"Epoch {epoch['epoch']}: loss {epoch['loss']:.4f}, AUC {interval(epoch)}, "
        f"{epoch['images_per_s']:.1f} images/s, {epoch['seconds_left']:.0f} s left"
    )
