"""Everything that stands before the first picture is read: settings, classes, device, network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.classify import checkpoint
from studio.classify.classes import ClassMap, class_map
from studio.classify.config import DataSplit, Recipe, TrainConfig, TrainData
from studio.classify.engine import Engine, seed_everything
from studio.classify.pictures import Pictures, Reader
from studio.classify.pixels import PixelStore
from studio.compute import allocator, backbones
from studio.compute.device import pick_device, set_threads
from studio.compute.interruption import Interrupted
from studio.compute.weights import WeightsRecord
from studio.errors import StudioError
from studio.imaging.prepared import PreparedImages

if TYPE_CHECKING:
    from torch import nn


@dataclass
class Setup:
    """What one call of ``train`` works with; ``saved`` is the checkpoint that it goes on from."""

    config: TrainConfig
    run_dir: Path
    emit: Callable[..., None]
    stop_requested: Callable[[], bool]
    recipe: Recipe
    data: TrainData
    classes: ClassMap
    saved: dict[str, Any] | None
    threads: int
    engine: Engine
    weights: WeightsRecord
    store: PixelStore
    reader: Reader
    began: float = field(default_factory=time.monotonic)

    def load(self, split: DataSplit) -> Pictures:
        """The readable pictures of a split; raises Interrupted when asked to stop."""
        pictures = self.reader.load(split)
        if pictures is None:
            raise Interrupted
        return pictures

    def identity(self) -> dict[str, Any]:
        """What must be equal for a checkpoint to be gone on from."""
        return _identity(self.config, self.classes)

    def all_training(self) -> DataSplit:
        """The training splits joined."""
        items = [item for split in self.data.train for item in split.items]
        name = " + ".join(split.name for split in self.data.train)
        return DataSplit.model_construct(name=name, items=items)


def prepare(
    config: TrainConfig,
    run_dir: Path,
    emit: Callable[..., None],
    stop_requested: Callable[[], bool],
) -> Setup:
    """Check the request, seed, and build the network or take it from ``last.pt``.

    Raises:
        StudioError: classes, weights or device do not allow it, or the run in this folder was
            begun with other settings.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    allocator.keep_memory()
    device = pick_device(config.device)
    seed_everything(config.seed, config.deterministic)
    data = config.load_data(run_dir)
    classes = class_map(data, config.positive)
    saved = _previous(run_dir, _identity(config, classes))
    # A sum that is parted among other threads has other last digits: a resume keeps the number.
    threads = set_threads(config.threads or (saved or {}).get("threads"))
    network, weights = _network(config, len(classes.names), saved)
    recipe = config.resolved()
    store = PixelStore(PreparedImages(config.cache_dir or run_dir / "cache"), recipe.size, threads)
    return Setup(
        config=config,
        run_dir=run_dir,
        emit=emit,
        stop_requested=stop_requested,
        recipe=recipe,
        data=data,
        classes=classes,
        saved=saved,
        threads=threads,
        engine=Engine(network, weights, device, len(classes.names), config.precision),
        weights=weights,
        store=store,
        reader=Reader(store, classes, device, emit, stop_requested),
    )


def _network(
    config: TrainConfig, classes: int, saved: dict[str, Any] | None
) -> tuple[nn.Module, WeightsRecord]:
    if saved is None:
        return backbones.create(config.model, config.weights, classes)
    weights = WeightsRecord.model_validate(saved["weights"])
    network = backbones.rebuild(weights, classes)
    network.load_state_dict(saved["model"])
    return network, weights


def _identity(config: TrainConfig, classes: ClassMap) -> dict[str, Any]:
    return {
        "settings": config.resolved().model_dump(),
        "recipe": config.recipe,
        "asked_model": config.model,
        "asked_weights": config.weights,
        "seed": config.seed,
        "epoch_images": config.epoch_images,
        "classes": list(classes.names),
        "positive": classes.positive,
    }


def _previous(run_dir: Path, wanted: dict[str, Any]) -> dict[str, Any] | None:
    path = run_dir / checkpoint.LAST
    if not path.exists() and not (run_dir / checkpoint.PREVIOUS).exists():
        return None
    saved = checkpoint.load(path)
    settings = {one: field.default for one, field in Recipe.model_fields.items()}
    saved["settings"] = {**settings, **saved.get("settings", {})}  # an older run has fewer
    for name, value in wanted.items():
        if saved.get(name) != value:
            raise StudioError(
                f"The run {run_dir.name} was begun with other settings ({name}): go on with the "
                "same ones, or start a new run."
            )
    return saved
