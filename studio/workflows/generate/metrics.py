"""The figures of a network against folders of real pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.generate.data.training_images import TrainingImages
    from studio.generate.metrics.snapshot import SnapshotMeasurement, SnapshotMetrics
    from studio.generate.networks.config import GeneratorConfig

OnProgress = Callable[[int, int, str], None]
NOTICE = "Model output for research use, not a diagnosis. Generated pictures are synthetic."


def measure_network(
    network: str | Path,
    data: Path,
    held_out: Path | None = None,
    *,
    space: str = "lite0",
    fakes: int = 2000,
    seed: int = 0,
    references: bool = False,
    transform: str | None = None,
    cache: Path | None = None,
    device: str = "auto",
    on_progress: OnProgress = lambda done, total, message: None,
) -> dict[str, Any]:
    """What `can-studio gan metrics` reports: the keys of `SnapshotMetrics`, and their sources.

    `references` adds the network, other real pictures and those real pictures blurred, all
    against the same real ones: the held-out pictures, or one half of `data` without them.
    `cache` is a folder that keeps decoded pictures and their features for the next time; without
    one, pictures are held in memory.

    Raises:
        StudioError: a file, folder or space cannot be used, or there are too few pictures.
    """
    from studio.compute.allocator import keep_memory
    from studio.compute.device import pick_device
    from studio.generate.files.named import resolve_network_path
    from studio.generate.metrics.features import feature_space
    from studio.generate.metrics.snapshot import SnapshotMetrics
    from studio.generate.network import load_network

    keep_memory()
    file, computes_on = resolve_network_path(network), pick_device(device)
    loaded = load_network(file, str(computes_on))
    config = loaded.config
    looks_in = feature_space(space, config.resolution)  # before minutes of reading
    read = _reader(config, transform, cache, on_progress)
    pictures, unseen = read(data), read(held_out) if held_out is not None else None
    metrics = SnapshotMetrics(
        pictures,
        unseen,
        looks_in,
        fakes,
        seed,
        cache=cache,
        class_names=_class_names(loaded.card, pictures),
        on_progress=lambda done, total: on_progress(done, total, "looking"),
    )
    looked = metrics.looked_at(loaded.generator, computes_on)
    return {
        "network": {"file": file.name, "sha256": loaded.sha256},
        "data": _told(pictures),
        "held_out": _told(unseen) if unseen is not None else None,
        "seeds": [seed, seed + fakes - 1],
        **metrics.figures(looked),
        "references": _references(metrics, looked) if references else None,
        "notice": NOTICE,
    }


def _reader(
    config: GeneratorConfig, transform: str | None, cache: Path | None, on_progress: OnProgress
) -> Callable[[Path], TrainingImages]:
    """Reads pictures in the form in which the network makes them."""
    from studio.generate.data.read import read_pictures
    from studio.generate.data.target_format import Transform

    form = None if transform is None else Transform(transform)

    def read(source: Path) -> TrainingImages:
        return read_pictures(
            source,
            config.resolution,
            classes=config.c_dim > 0,
            transform=form,
            channels=config.img_channels,
            cache=cache,
            on_progress=lambda done, total: on_progress(done, total, f"reading {source.name}"),
        )

    return read


def _class_names(card: dict[str, Any], pictures: TrainingImages) -> list[str]:
    """The network's own names; those of the pictures where its card has none."""
    names = card.get("classes")
    return [str(name) for name in names] if isinstance(names, list) else list(pictures.names)


def _told(pictures: TrainingImages) -> dict[str, Any]:
    return {
        "source": pictures.source,
        "pictures": len(pictures),
        "classes": pictures.counts,
        "sha256": pictures.sha256,
        "notes": list(pictures.notes),
        "left_out": [{"file": one.file, "sentence": one.sentence} for one in pictures.left_out],
    }


def _references(metrics: SnapshotMetrics, looked: SnapshotMeasurement) -> dict[str, Any]:
    """The network between real pictures and blurred ones, equally many of each."""
    import numpy as np

    from studio.generate.metrics.comparison import beside
    from studio.generate.metrics.feature_cache import features_of
    from studio.generate.metrics.kid import drawn
    from studio.generate.metrics.references import blurred, halves, select_images

    real = metrics.real_features()
    if metrics.held_out:
        against, target = "held-out pictures", metrics.held_out_features()
        rows = np.arange(len(real))
    else:
        first, rows = halves(metrics.pictures, metrics.seed)
        against, target = "one half of the pictures", real[first]
    rows = drawn(rows, len(looked.features), metrics.seed)
    soft = blurred(select_images(metrics.pictures, rows))
    candidates = {
        "network": looked.features,
        "real": real[rows],
        "blurred": features_of(soft, metrics.space, on_progress=metrics.on_progress),
    }
    return {"against": against, **beside(target, candidates)}
