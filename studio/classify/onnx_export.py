"""A trained classifier as an ONNX file that needs nothing of the studio.

The file takes pictures as they are stored (uint8, RGB, already resized) and gives probabilities:
normalisation and softmax are in it. What else a user must know (classes, the positive one, how to
resize) stands in its metadata. It is run beside torch on pictures of the run before it is kept.
"""

from __future__ import annotations

import json
import logging
import warnings
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from studio.classify.config import ITEMS_FILE, NOTICE, DataSplit, TrainData
from studio.classify.engine import Engine
from studio.classify.pictures import Reader
from studio.classify.pixels import PixelStore
from studio.classify.predict import Classifier
from studio.errors import StudioError
from studio.files import building
from studio.imaging.prepared import PreparedImages

INPUT, OUTPUT = "pixels", "probabilities"
TOLERANCE = 1e-4
"""Largest difference of a probability from torch's that is rounding: float32 in another order."""
_PICTURES = 16
_PACKAGES = ("onnx", "onnxruntime", "onnxscript")
_OPSET = 18


@dataclass(frozen=True)
class OnnxExport:
    """What was written: input ``pixels`` uint8 ``[N, size, size, 3]``, output ``probabilities``
    float32 ``[N, C]`` in the order of `classes`. `difference` is the largest of any probability
    from torch's on `pictures` pictures of the run."""

    path: str
    classes: tuple[str, ...]
    positive: str
    size: int
    pictures: int
    difference: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "onnx": self.path,
            "classes": list(self.classes),
            "positive": self.positive,
            "size": self.size,
            "pictures": self.pictures,
            "difference": self.difference,
        }


def export_onnx(run_dir: Path, out: Path, cache_dir: Path | None = None) -> OnnxExport:
    """Write the model of a run to `out`, which is replaced if it is there. `cache_dir` is the cache
    of prepared images of the run, a folder in it without one.

    Raises StudioError where the run has no model, the extra `onnx` is not installed, or the file
    does not give torch's probabilities; nothing is written then.
    """
    lacking = [name for name in _PACKAGES if find_spec(name) is None]
    if lacking:
        raise StudioError(
            f"Writing ONNX needs {', '.join(lacking)}: install the extra onnx "
            '(pip install "can-studio[onnx]").'
        )
    model = Classifier.load(run_dir, "cpu")
    pixels = _pictures_of(run_dir, model, cache_dir or run_dir / "cache")
    try:
        with building(out) as part:
            _write(model, part)
            difference = _difference(model, part, pixels)
            if not difference <= TOLERANCE:
                raise StudioError(
                    f"The ONNX file gives other probabilities than torch (by {difference:.2g} at "
                    "most), so it is not kept: this network cannot be written as ONNX here."
                )
    except OSError as error:
        raise StudioError(f"{out} cannot be written: {error.strerror}.") from error
    classes = model.classes
    return OnnxExport(
        str(out), classes.names, classes.positive, model.size, len(pixels), difference
    )


class _Whole(nn.Module):
    """uint8 ``[N, S, S, 3]`` to probabilities ``[N, C]``."""

    scale: Tensor
    shift: Tensor

    def __init__(self, engine: Engine) -> None:
        super().__init__()
        self.network = engine.network.eval()
        self.register_buffer("scale", engine.normalise.scale)
        self.register_buffer("shift", engine.normalise.shift)

    def forward(self, pixels: Tensor) -> Tensor:
        images = pixels.permute(0, 3, 1, 2).float() * self.scale + self.shift
        probabilities: Tensor = self.network(images).float().softmax(1)
        return probabilities


def _write(model: Classifier, path: Path) -> None:
    import onnx

    whole = _Whole(model.engine)
    example = torch.zeros(2, model.size, model.size, 3, dtype=torch.uint8)
    told = logging.getLogger("onnxscript").level
    logging.getLogger("onnxscript").setLevel(logging.ERROR)
    try:
        # The exporter warns and prints of its own matters.
        with (
            warnings.catch_warnings(), torch.inference_mode(),
            redirect_stdout(StringIO()), redirect_stderr(StringIO()),
        ):  # fmt: skip
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                whole,
                (example,),
                input_names=[INPUT],
                output_names=[OUTPUT],
                opset_version=_OPSET,
                dynamic_shapes={"pixels": {0: torch.export.Dim("pictures")}},
                dynamo=True,
                verbose=False,
            )
    finally:
        logging.getLogger("onnxscript").setLevel(told)
    assert program is not None
    made = program.model_proto
    classes = model.classes
    facts = {
        "classes": json.dumps(list(classes.names)),
        "positive": classes.positive,
        "size": str(model.size),
        "input": f"uint8 RGB [N, {model.size}, {model.size}, 3], the whole square resized",
        "resize": "antialiased bilinear (Pillow BILINEAR)",
        "notice": NOTICE,
    }
    onnx.helper.set_model_props(made, facts)
    onnx.checker.check_model(made)
    path.write_bytes(made.SerializeToString())


def _difference(model: Classifier, path: Path, pixels: npt.NDArray[np.uint8]) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (found,) = session.run([OUTPUT], {INPUT: pixels})
    expected = model.engine.probabilities(torch.from_numpy(pixels))
    return float(np.abs(found - expected).max())


def _pictures_of(run_dir: Path, model: Classifier, cache: Path) -> npt.NDArray[np.uint8]:
    """Some pictures of the run as it saw them; noise where none of them is there any more."""
    noise = np.random.default_rng(0).integers(
        0, 256, (_PICTURES, model.size, model.size, 3), np.uint8
    )
    if not (run_dir / ITEMS_FILE).is_file():
        return noise
    data = TrainData.read(run_dir / ITEMS_FILE)
    splits = [*([data.val] if data.val else []), *data.train]
    there = [item for split in splits for item in split.items if Path(item.file).is_file()]
    if not there:
        return noise
    chosen = DataSplit(name="pictures", items=there[:: max(1, len(there) // _PICTURES)][:_PICTURES])
    store = PixelStore(PreparedImages(cache), model.size, 1)
    reader = Reader(store, model.classes, torch.device("cpu"), lambda event, **fields: None)
    found = reader.load(chosen)
    if found is None or not len(found):
        return noise
    return np.asarray(found.pixels.pixels(torch.arange(len(found))).numpy())
