"""`can-studio evaluate`: a run on pictures that it has not seen."""

from pathlib import Path

import typer

from studio.cli.commands.train import interval
from studio.cli.common import FAILURES, JSON, leave
from studio.cli.output import counted, emit_json, note, say, shown, table


def evaluate(
    run: Path = typer.Argument(..., help="Folder of a training run.", show_default=False),
    test: Path = typer.Option(..., "--test", help="Folder class/image."),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    as_json: bool = JSON,
) -> None:
    """Score a test folder; scores.csv in the run has file, label and score of every picture."""
    from studio.workflows import evaluate_run

    result = evaluate_run(run, test, device=device, warn=lambda text: note(shown(text, 400)))
    if as_json:
        emit_json(result)
    else:
        say(
            f"{counted(result['n'], 'picture')}, positive class {result['positive']}: "
            f"AUC {interval(result)}"
        )
        rows = [
            (name, one["n"], interval(one, "low", "high"))
            for name, one in result["classes"].items()
        ]
        table("One class against the rest", ["class", "pictures", "AUC"], rows)
        say("Research use, not a diagnosis.")
    leave(FAILURES if result["unreadable"] else 0)
