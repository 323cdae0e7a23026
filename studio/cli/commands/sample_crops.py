"""`can-studio sample-crops`: synthetic crops with known classes, to train on and to try things."""

from pathlib import Path

import typer

from studio.cli.common import progress
from studio.cli.output import counted, say, shown


def sample_crops(
    out: Path = typer.Argument(..., help="Folder to write, new or empty.", show_default=False),
    per_class: int = typer.Option(200, "--per-class", min=1, max=1_000_000),
    size: int = typer.Option(128, "--size", min=16, max=2048, help="Side in px."),
    seed: int = typer.Option(0, "--seed", min=0, help="Another one gives other crops."),
) -> None:
    """Render crops of the sample project: nevi and melanomas in class folders."""
    from studio.sample import write_training_set

    with progress("Rendering") as tell:
        files = write_training_set(out, per_class, seed, size, tell)
    say(f"{counted(len(files), 'synthetic crop')} in class folders in {shown(out)}.")
