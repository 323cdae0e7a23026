"""`can-studio export-onnx`: a trained classifier as a file that needs nothing of the studio."""

from pathlib import Path

import typer

from studio.cli.common import JSON
from studio.cli.output import echo, emit_json, shown
from studio.wording import counted, significant


def export_onnx(
    run: Path = typer.Argument(..., help="Folder of a training run.", show_default=False),
    out: Path = typer.Argument(..., help="File to write (.onnx).", show_default=False),
    as_json: bool = JSON,
) -> None:
    """Write the model of a run as ONNX, with its classes and its preprocessing in the file.

    It takes pictures as uint8 RGB of the size of the run and gives probabilities; it is compared
    with torch on pictures of the run before it is kept.
    """
    from studio.workflows.train import export_run_as_onnx

    told = export_run_as_onnx(run, out)
    if as_json:
        emit_json(told)
        return
    echo(
        f"{shown(out)}: {', '.join(shown(one, 60) for one in told['classes'])}, "
        f"{told['size']} px. On {counted(told['pictures'], 'picture')} its probabilities are "
        f"torch's to {significant(told['difference'], 2)}. Research use, not a diagnosis."
    )
