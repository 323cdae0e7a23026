"""A run as ONNX: the same probabilities on pictures that it has never seen, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.classify import onnx_export
from studio.classify.onnx_export import INPUT, TOLERANCE, export_onnx
from studio.classify.predict import Classifier
from studio.cli.__main__ import main
from studio.errors import StudioError

Photo = Callable[..., Path]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, photo: Photo) -> Path:
    folder = tmp_path_factory.mktemp("onnx")
    for number in range(16):
        photo(
            folder / "crops" / ("melanoma", "nevus")[number % 2] / f"{number}.png", number, (40, 40)
        )
    words = ["train", "--train", folder / "crops", "--out", folder / "run", "--epochs", 1]
    words += ["--model", "test_efficientnet", "--weights", "none", "--size", 32, "--batch", 8]
    assert main([str(word) for word in words]) == 0
    return folder / "run"


@pytest.fixture
def runtime() -> object:
    pytest.importorskip("onnx", reason="the extra onnx is not installed")
    pytest.importorskip("onnxscript", reason="the extra onnx is not installed")
    return pytest.importorskip("onnxruntime", reason="the extra onnx is not installed")


def test_other_pictures_in_batches_of_any_size(run: Path, tmp_path: Path, runtime) -> None:
    told = export_onnx(run, tmp_path / "model.onnx")
    assert told.difference <= TOLERANCE
    assert told.pictures == 16
    session = runtime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    model = Classifier.load(run, "cpu")
    for count in (1, 5):
        pixels = np.random.default_rng(count).integers(0, 256, (count, 32, 32, 3), np.uint8)
        (found,) = session.run(None, {INPUT: pixels})
        assert found == pytest.approx(model.probabilities(list(pixels)), abs=TOLERANCE)
    facts = session.get_modelmeta().custom_metadata_map
    assert json.loads(facts["classes"]) == ["melanoma", "nevus"]
    assert (facts["positive"], facts["size"]) == ("melanoma", "32")


def test_a_file_that_differs_is_not_kept(
    run: Path, tmp_path: Path, runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_export, "_difference", lambda *_: 0.01)
    with pytest.raises(StudioError, match="other probabilities than torch"):
        export_onnx(run, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_without_the_extra_it_is_named(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None)
    with pytest.raises(StudioError, match="onnx, onnxruntime, onnxscript: install the extra onnx"):
        export_onnx(run, tmp_path / "model.onnx")


def test_a_folder_without_a_model_is_refused(tmp_path: Path, capsys) -> None:
    assert main(["export-onnx", str(tmp_path / "none"), str(tmp_path / "a.onnx")]) == 2
    assert "There is no run" in capsys.readouterr().err
