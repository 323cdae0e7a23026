"""A network on its device: one step of training, one batch of evaluation, nothing else."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from studio.classify.batches import Normalise
from studio.compute.weights import WeightsRecord

BatchNorm = nn.modules.batchnorm._BatchNorm
# Larger than a training batch, since nothing is kept for a backward pass.
_EVALUATION_BATCH = {"cpu": 64, "cuda": 512, "mps": 256}


class Engine:
    """Network, normalisation and precision of one run.

    ``precision``: ``auto`` computes in bfloat16 on a CUDA device that has it, else in float32.
    """

    def __init__(
        self,
        network: nn.Module,
        weights: WeightsRecord,
        device: torch.device,
        class_count: int,
        precision: str = "float32",
    ) -> None:
        self.network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.device = device
        self.class_count = class_count
        self.normalise = Normalise(weights.mean, weights.std, device)
        self.evaluation_batch = _EVALUATION_BATCH[device.type]
        self.keep_statistics = False
        self.bfloat16 = precision == "bfloat16" or (
            precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported()
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Logits float32 ``[B, C]`` of uint8 ``[B, S, S, 3]``."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            logits: Tensor = self.network(self.normalise(pixels))
        return logits.float()

    def loss(
        self, pixels: Tensor, targets: Tensor, smoothing: float, weights: Tensor | None = None
    ) -> Tensor:
        """Mean cross-entropy of a batch, in training mode; ``weights`` ``[C]`` are those of the
        classes.

        With ``keep_statistics`` batch normalisation uses and keeps the statistics that it has.
        """
        self.network.train()
        if self.keep_statistics:
            for module in self.network.modules():
                if isinstance(module, BatchNorm):
                    module.eval()
        return functional.cross_entropy(
            self.forward(pixels), targets, weight=weights, label_smoothing=smoothing
        )

    def probabilities(self, pixels: Tensor, *, flips: bool = False) -> npt.NDArray[np.float64]:
        """Softmax ``[B, C]`` of uint8 ``[B, S, S, 3]`` in evaluation mode; each row sums to 1.

        With ``flips`` the mean over each picture as it is, mirrored along either side, and along
        both, which takes four times as long.
        """
        if not flips:
            return self._softmax(pixels)
        along: tuple[list[int], ...] = ([], [1], [2], [1, 2])
        return np.asarray(np.mean([self._softmax(pixels.flip(axes)) for axes in along], axis=0))

    @torch.inference_mode()
    def _softmax(self, pixels: Tensor) -> npt.NDArray[np.float64]:
        self.network.eval()
        logits = self.forward(pixels.to(self.device))
        return (
            logits.double().softmax(1).cpu().numpy()
            if self._has_float64
            else np.asarray(logits.softmax(1).cpu().double().numpy())
        )

    @torch.inference_mode()
    def features(self, pixels: Tensor) -> Tensor:
        """What the head sees: float32 ``[B, D]`` on the CPU, in evaluation mode."""
        self.network.eval()
        network = self.network
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            maps = network.forward_features(self.normalise(pixels.to(self.device)))
            pooled: Tensor = network.forward_head(maps, pre_logits=True)
        return pooled.float().cpu()

    def head(self) -> nn.Linear | None:
        """The last linear layer, None where the network ends in something else."""
        layer = self.network.get_classifier()
        return layer if isinstance(layer, nn.Linear) else None

    @property
    def _has_float64(self) -> bool:
        return self.device.type != "mps"


def is_out_of_memory(error: BaseException) -> bool:
    """Whether torch failed for want of memory, on an accelerator or on the CPU."""
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    text = str(error).lower()
    return "out of memory" in text or "can't allocate memory" in text


def seed_everything(seed: int, deterministic: bool) -> None:
    """Seed torch, numpy and Python; ask cuDNN for repeatable kernels when wanted."""
    import random

    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = deterministic
    torch.backends.cudnn.benchmark = not deterministic
