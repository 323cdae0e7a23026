"""`can-studio evaluate`: a run on pictures that it has not seen."""

from pathlib import Path

import typer

from studio.cli.common import (
    FAILURES,
    GROUPS,
    INTERRUPTED,
    JSON,
    OWN_RULE_HELP,
    ThresholdRule,
    leave,
    progress,
)
from studio.cli.figures import interval, print_figures
from studio.cli.output import echo, emit_json, note, shown
from studio.wording import counted


def evaluate(
    run: Path = typer.Argument(..., help="Folder of a training run.", show_default=False),
    test: Path = typer.Option(..., "--test", help="Folder class/image."),
    rule: ThresholdRule | None = typer.Option(None, "--rule", help=OWN_RULE_HELP),
    groups: list[Path] | None = GROUPS,
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    as_json: bool = JSON,
) -> None:
    """Score a test folder, at the thresholds of the run's validation set.

    The result is kept in the run, where the window shows it; scores.csv there has file, label,
    score and SHA-256 of every picture. The exit code is 1 where pictures could not be read, or
    test pictures are, or may be, among those that the run was trained or validated on.
    """
    from studio.workflows import evaluate_here

    with progress("Evaluating") as tell:

        def warn(sentence: str) -> None:
            tell.close()
            note(shown(sentence, 400))

        result = evaluate_here(
            run,
            test,
            device=device,
            rule=rule.value if rule is not None else None,
            tables=groups or (),
            warn=warn,
            on_progress=tell,
        )
    if result is None:
        leave(INTERRUPTED)
        return
    if as_json:
        emit_json(result)
    else:
        echo(
            f"{counted(result['n'], 'picture')}, positive class {shown(result['positive'])}: "
            f"AUC {interval(result)}"
        )
        print_figures(result)
        echo(f"Leakage: {result['leakage_verdict']}. Kept in {shown(result['kept'])}.")
        echo("Research use, not a diagnosis.")
    leave(FAILURES if result["unreadable"] or result["leakage_verdict"] != "clean" else 0)
