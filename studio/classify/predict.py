"""The model of a finished or stopped run, for evaluation and for the window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from studio.classify import checkpoint
from studio.classify.classes import ClassMap
from studio.classify.engine import Engine
from studio.classify.scoring import predict
from studio.compute import backbones
from studio.compute.device import pick_device
from studio.compute.weights import WeightsRecord
from studio.errors import StudioError
from studio.imaging import resize


@dataclass(frozen=True)
class Classifier:
    """A trained network with its classes; probabilities are for research, not a diagnosis.

    `epoch` counts whole epochs; `within_epoch` says that the run stopped within the next one.
    """

    engine: Engine
    classes: ClassMap
    size: int
    epoch: int
    within_epoch: bool = False

    @classmethod
    def load(cls, run_dir: Path, device: str = "auto") -> Classifier:
        """The epoch that the run's recipe keeps (``last``, or ``best`` where there is one).

        Raises:
            StudioError: the run has no readable checkpoint.
        """
        content = checkpoint.load(run_dir / checkpoint.LAST)
        if content["keep"] == "best" and (run_dir / checkpoint.BEST).is_file():
            content = checkpoint.load(run_dir / checkpoint.BEST)
        return cls.of(content, pick_device(device))

    @classmethod
    def of(cls, content: dict[str, Any], device: torch.device) -> Classifier:
        """From the content of a checkpoint."""
        classes = ClassMap(tuple(content["classes"]), content["positive"])
        weights = WeightsRecord.model_validate(content["weights"])
        network = backbones.rebuild(weights, len(classes.names))
        network.load_state_dict(content["model"])
        engine = Engine(network, weights, device, len(classes.names), "auto")
        size, epoch = int(content["settings"]["size"]), int(content["epoch"])
        position = int(content.get("sampler", {}).get("position", 0))
        return cls(engine, classes, size, epoch, within_epoch=position > 0)

    def probabilities(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float64]:
        """Softmax ``[N, C]`` of N pictures uint8 ``[H, W, 3]``, RGB, of any size."""
        for number, picture in enumerate(pictures):
            if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
                raise StudioError(f"Picture {number} is not 8-bit RGB: {picture.shape}.")

        def batch(chosen: torch.Tensor) -> torch.Tensor:
            squares = [resize(pictures[i], self.size) for i in chosen.tolist()]
            return torch.from_numpy(np.stack(squares))

        result = predict(self.engine, len(pictures), batch)
        assert result is not None  # nobody can ask this call to stop
        return result

    def scores(self, pictures: Sequence[npt.NDArray[np.uint8]]) -> npt.NDArray[np.float64]:
        """Probability ``[N]`` of the positive class."""
        return self.probabilities(pictures)[:, self.classes.positive_index]
