"""Score a set of pictures with a trained run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from studio.classify.classes import check_known, missing_classes
from studio.classify.config import NOTICE, DataSplit, Item, as_items
from studio.classify.pictures import Reader, file_name, table_rows, write_table
from studio.classify.pixels import PixelStore
from studio.classify.predict import Classifier
from studio.compute import allocator
from studio.compute.device import set_threads
from studio.compute.interruption import Interrupted
from studio.errors import StudioError
from studio.imaging.prepared import PreparedImages

SCORES_FILE = "scores.csv"


def evaluate(
    run_dir: Path,
    items: Sequence[Item | tuple[str | Path, str]],
    name: str,
    *,
    device: str = "auto",
    threads: int | None = None,
    emit: Callable[..., None] | None = None,
    cache_dir: Path | None = None,
    table: Path | None = None,
    flips: bool = False,
    stop_requested: Callable[[], bool] = lambda: False,
) -> dict[str, Any]:
    """Write ``scores.csv`` and ``scores/test_<name>.csv``; see ``studio.classify.evaluation``."""
    tell = emit or _silent
    split = DataSplit(name=name, items=as_items(items))
    if not split.items:
        raise StudioError(f"{name} has no pictures in class folders: nothing to evaluate.")
    allocator.keep_memory()
    used = set_threads(threads)
    model = Classifier.load(run_dir, device)
    check_known(split, model.classes.names)
    if model.within_epoch and model.epoch:
        tell(
            "warning",
            message=f"The run stopped within epoch {model.epoch + 1}, after its last validation: "
            "thresholds chosen there are those of another state of the network. Resume the run to "
            "its end for figures that hold.",
        )
    for missing in missing_classes(split, model.classes.names):
        tell(
            "warning",
            message=f"{name} has no picture of class '{missing}': its AUC is undefined.",
        )
    store = PixelStore(PreparedImages(cache_dir or run_dir / "cache"), model.size, used)
    reader = Reader(store, model.classes, model.engine.device, tell, stop_requested)
    pictures = reader.load(split)
    if pictures is None:
        raise Interrupted
    scores = pictures.score(model.engine, model.classes, stop_requested, flips=flips)
    if scores is None:
        raise Interrupted
    path = f"scores/test_{file_name(name)}.csv"
    scores.write(run_dir / path, digests=True)
    scores.write(run_dir / SCORES_FILE, digests=True)
    if table is not None:
        write_table(table, table_rows("test", pictures))
    result = {"name": name, **scores.summary(), "scores": path}
    tell("test", **result)
    return {**result, "epoch": model.epoch, "unreadable": reader.unreadable, "notice": NOTICE}


def _silent(event: str, **fields: Any) -> None:
    """Nobody listens."""
