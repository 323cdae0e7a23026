"""The learning-rate range test on folders and snapshots."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.classify import TrainConfig, TrainData
from studio.errors import UsageError
from studio.opening import shown_path
from studio.tables import writing_table
from studio.workflows.prepared import cache_of, writable
from studio.workflows.train import with_full_path
from studio.workflows.training_data import DataSource, read_sources

if TYPE_CHECKING:
    from studio.classify.range_test import RangeTest


def try_learning_rates(
    sources: Sequence[DataSource],
    settings: dict[str, Any],
    *,
    low: float,
    high: float,
    steps: int,
    out: Path | None = None,
    tables: Sequence[Path] = (),
    where: str = "",
    labels: Path | None = None,
    warn: Callable[[str], None] = lambda sentence: None,
    on_progress: Callable[[int, int, str], None] = lambda done, total, message: None,
) -> "RangeTest":
    """See `studio.classify.range_test`. `out`, a new file, gets the curve:
    `step,learning_rate,loss,smoothed`. Raises UsageError where it is there already."""
    from studio.classify.range_test import range_test

    if out is not None and out.exists():
        raise UsageError(f"{shown_path(out)} is there already: choose another name.")
    config = TrainConfig.parse(with_full_path(settings))
    read, said = read_sources(sources, tables, where, labels)
    for sentence in said:
        warn(sentence)
    data = TrainData(train=[source.split for source in read])
    if config.cache_dir is None:
        config = config.model_copy(update={"cache_dir": writable(cache_of(data.train))})

    def on_event(event: str, **fields: Any) -> None:
        if event == "warning":
            warn(str(fields["message"]))
        elif event == "progress":
            on_progress(fields["done"], fields["total"], str(fields["message"]))

    found = range_test(config, data, low=low, high=high, steps=steps, emit=on_event)
    if out is not None:
        with writing_table(out, ["step", "learning_rate", "loss", "smoothed"]) as table:
            rows = zip(found.rates, found.losses, found.smoothed, strict=True)
            for number, (rate, *losses) in enumerate(rows, 1):
                table.row([number, f"{rate:.6g}", *(f"{loss:.6g}" for loss in losses)])
    return found
