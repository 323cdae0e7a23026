"""`can-studio figures`: the figures of a run or a reader study as files, with their data."""

from enum import StrEnum
from pathlib import Path

import typer

from studio.cli.common import JSON, OWN_RULE_HELP, ThresholdRule
from studio.cli.output import echo, emit_json, shown


class FigureFormat(StrEnum):
    """The files that a figure is written as."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


def figures(
    run: Path = typer.Argument(
        ..., help="Folder of a training run, or of a reader study.", show_default=False
    ),
    out: Path = typer.Argument(..., help="A folder that is empty or new.", show_default=False),
    format_: list[FigureFormat] = typer.Option(
        list(FigureFormat), "--format", help="png, svg or pdf; may be given several times."
    ),
    test: str = typer.Option("", "--test", help="Only this test set, by its name or folder."),
    rule: ThresholdRule | None = typer.Option(None, "--rule", help=OWN_RULE_HELP),
    as_json: bool = JSON,
) -> None:
    """Draw ROC curves, confusion matrices and figures by epoch, each with its data as CSV.

    Of the training of a network its curves over kimg, of a reader study accuracies and ROC curves
    by reader. Beside each figure lie its data (.csv) and its facts (.json): intervals and how they
    were made.
    """
    from studio.ui.plots.run_figures import write_figures

    formats = list(dict.fromkeys(one.value for one in format_))
    files = write_figures(run, out, formats, rule.value if rule is not None else None, test)
    if as_json:
        emit_json({"out": str(out), "files": [file.name for file in files]})
        return
    drawn = [file for file in files if file.suffix.removeprefix(".") == formats[0]]
    echo(f"{len(drawn)} figures with their data in {shown(out)}. Research use, not a diagnosis.")
