"""`can-studio learning-rate`: the learning-rate range test."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio import wording
from studio.cli.common import GROUPS, JSON, LABELS, WHERE, progress
from studio.cli.model_options import options_from
from studio.cli.output import echo, emit_json, note, shown, table
from studio.cli.training_options import Config, Set, asked_training
from studio.errors import UsageError

if TYPE_CHECKING:
    from studio.classify.range_test import RangeTest

Data = Annotated[
    list[Path] | None,
    typer.Argument(help="Folders class/image; several count as one.", show_default=False),
]
Low = Annotated[float, typer.Option("--low", help="The rate of the first step.")]
High = Annotated[float, typer.Option("--high", help="The rate of the last step.")]
Steps = Annotated[int, typer.Option("--steps", help="Batches, each at a higher rate.")]
Out = Annotated[
    Path | None, typer.Option("--out", help="File (CSV) for the whole curve, a new one.")
]
_ROWS = 24
_BAR = 30


@options_from(
    "studio.classify.config:TrainConfig",
    leave_out=("learning_rate", "epochs", "keep", "patience", "rule"),
)
def learning_rate(
    context: typer.Context,
    data: Data = None,
    low: Low = 1e-6,
    high: High = 1.0,
    steps: Steps = 100,
    out: Out = None,
    *,
    settings: dict[str, Any],
    set_: Set = None,
    config: Config = None,
    groups: list[Path] | None = GROUPS,
    where: str = WHERE,
    labels: Path | None = LABELS,
    as_json: bool = JSON,
) -> None:
    """Find the rates at which a network learns from these images: a few batches, each at a higher
    rate, while the loss is watched (Smith 2017). No network is kept."""
    from studio.workflows import check_model
    from studio.workflows.learning_rate import try_learning_rates

    asked = asked_training(
        context, config, settings, set_, train=data, groups=groups, where=where, labels=labels
    )
    if not asked.train:
        raise UsageError("Say which images: can-studio learning-rate FOLDER.")
    check_model(str(asked.settings.get("model", "efficientnet_lite0")))
    with progress("Range test") as tell:

        def warn(sentence: str) -> None:
            tell.close()
            note(shown(sentence, 400))

        found = try_learning_rates(
            asked.train, dict(asked.settings), low=low, high=high, steps=steps, out=out,
            tables=asked.groups, where=asked.where, labels=asked.labels, warn=warn,
            on_progress=tell,
        )  # fmt: skip
    if as_json:
        emit_json({**found.to_dict(), "out": str(out) if out is not None else None})
    else:
        _print(found, out)


def _print(found: "RangeTest", out: Path | None) -> None:
    count = len(found.rates)
    places = sorted({round(k * (count - 1) / (_ROWS - 1)) for k in range(_ROWS)})
    lowest, highest = min(found.smoothed), max(found.smoothed)
    spread = highest - lowest or 1.0
    rows = [
        (
            f"{found.rates[place]:.1e}",
            wording.number(found.smoothed[place]),
            "█" * round(_BAR * (found.smoothed[place] - lowest) / spread),
        )
        for place in places
    ]
    table("Smoothed loss by learning rate", ["rate", "loss", ""], rows)
    if found.suggestion is None or found.least is None or found.steepest is None:
        echo("The loss falls at no rate of this range: begin lower, or take more steps.")
    else:
        echo(
            f"Suggested: --learning-rate {found.suggestion:.1e}, a tenth of the rate at which the "
            f"loss is least ({found.least:.1e}); it falls fastest at {found.steepest:.1e}."
        )
    if found.ended_early:
        echo(f"Ended at {found.rates[-1]:.1e}, since the loss had risen too far.")
    if out is not None:
        echo(f"The whole curve is in {shown(out)}.")
