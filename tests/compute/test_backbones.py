"""A network starts from weights that are named, or from scratch because it was said."""

import pickle
import socket
from pathlib import Path

import pytest
import torch

from studio.compute import backbones, weights
from studio.compute.torchvision_compat import import_timm
from studio.errors import StudioError, UsageError
from studio.opening import sha256_file

TINY = "test_efficientnet"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "reachable", lambda url, timeout=0.0: False)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *a, **k: None)


@pytest.fixture
def tiny_file(tmp_path: Path) -> Path:
    network = import_timm().create_model(TINY, num_classes=7)
    path = tmp_path / "tiny.pth"
    torch.save(network.state_dict(), path)
    return path


def test_auto_takes_the_offline_package_and_says_what_it_built() -> None:
    source = weights.offline_file()
    if source is None:
        pytest.skip(f"{weights.OFFLINE_PACKAGE} is not installed")
    network, record = backbones.create("efficientnet_lite0", "auto", classes=2)
    assert record.timm_name == "tf_efficientnet_lite0"
    assert record.mean == record.std == (0.5, 0.5, 0.5)
    assert record.sha256 == sha256_file(source)
    assert "built as tf_efficientnet_lite0" in record.note
    state = torch.load(source, weights_only=True)
    assert torch.equal(network.state_dict()["conv_stem.weight"], state["_conv_stem.weight"])
    assert network.eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 2)


@pytest.mark.usefixtures("no_network")
@pytest.mark.parametrize("model", ["mobilenetv2_100", "efficientnet_lite0"])
def test_auto_never_falls_back_to_random(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "offline_file", lambda: None)
    with pytest.raises(StudioError, match="--weights none to train from scratch"):
        backbones.create(model, "auto")


def test_the_hubs_weights_are_loaded_whole_and_the_head_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.torch import save_file

    state = import_timm().create_model(TINY).state_dict()
    save_file(state, tmp_path / "model.safetensors")
    asked: list[str] = []

    def fetched(repository: str) -> Path:
        asked.append(repository)
        return tmp_path / "model.safetensors"

    monkeypatch.setattr(backbones, "hub_file", fetched)
    network, record = backbones.create(TINY, "auto", classes=2)
    assert asked == ["timm/test_efficientnet.r160_in1k"]
    assert torch.equal(network.state_dict()["conv_stem.weight"], state["conv_stem.weight"])
    assert network.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 2)
    assert record.source == "timm hub, timm/test_efficientnet.r160_in1k"
    assert record.pretrained


@pytest.mark.usefixtures("no_network")
def test_a_hub_that_cannot_be_reached_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError("the hub was asked")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", refuse)
    with pytest.raises(StudioError, match="cannot be reached"):
        weights.hub_file("timm/x")


def test_a_download_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ConnectionResetError("peer")

    monkeypatch.setattr(weights, "reachable", lambda url, timeout=0.0: True)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *a, **k: None)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.hf_hub_download", fail)
    with pytest.raises(StudioError, match="could not be fetched"):
        weights.hub_file("timm/x")


def test_a_proxy_is_what_must_be_reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        assert weights.reachable("https://nowhere.invalid", timeout=1) is True


def test_none_is_from_scratch_and_recorded() -> None:
    _, record = backbones.create(TINY, "none", classes=3)
    assert (record.name, record.pretrained, record.sha256) == ("none", False, None)
    assert "scratch" in record.source


@pytest.mark.parametrize("name", ["tiny.pth", "tiny.safetensors"])
def test_a_file_fills_the_network_and_a_foreign_head_is_replaced(
    name: str, tiny_file: Path, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    state = torch.load(tiny_file, weights_only=True)
    path = tmp_path / name
    if path.suffix == ".safetensors":
        save_file(state, path)
    network, record = backbones.create(TINY, str(path), classes=2)
    assert torch.equal(network.state_dict()["conv_stem.weight"], state["conv_stem.weight"])
    assert network.eval()(torch.zeros(1, 3, 32, 32)).shape == (1, 2)
    assert record.sha256 == sha256_file(path)
    assert "new head" in record.note


def test_a_fitting_head_is_kept(tiny_file: Path) -> None:
    network, record = backbones.create(TINY, str(tiny_file), classes=7)
    state = torch.load(tiny_file, weights_only=True)
    assert torch.equal(network.state_dict()["classifier.weight"], state["classifier.weight"])
    assert record.note == ""


def test_weights_of_another_network_are_refused(tiny_file: Path) -> None:
    with pytest.raises(StudioError, match="do not fit this model"):
        backbones.create("test_resnet", str(tiny_file))


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, ("raise SystemExit('code of a weights file ran')",)


@pytest.mark.parametrize(
    "content", [b"", b"<html>not weights</html>", pickle.dumps({"conv_stem.weight": Bomb()})]
)
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_hostile_files_are_refused_with_a_sentence(
    content: bytes, suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(content)
    with pytest.raises(StudioError, match="cannot be read as weights"):
        backbones.create(TINY, str(path))


def test_a_file_without_tensors_is_refused(tmp_path: Path) -> None:
    torch.save({"epoch": 3}, tmp_path / "x.pth")
    with pytest.raises(StudioError, match="holds no network weights"):
        backbones.create(TINY, str(tmp_path / "x.pth"))


def test_a_missing_file_and_an_unknown_model_are_named(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"gone\.pth does not exist"):
        backbones.create(TINY, str(tmp_path / "gone.pth"))
    with pytest.raises(UsageError, match=r"Did you mean .*mobilenetv2_100"):
        backbones.create("mobilenet_v2_100", "none")
    with pytest.raises(UsageError, match="no model named 'hf-hub:a/b'"):
        backbones.create("hf-hub:a/b", "auto")


def test_reachable_is_quick_about_a_closed_port() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert weights.reachable(f"http://127.0.0.1:{port}", timeout=1) is False
