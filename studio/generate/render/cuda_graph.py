"""Synthesis on CUDA as captured graphs: one launch a picture instead of hundreds.

The blocks that the network marks run in half precision, as in training. A graph is captured once
for each number of latents and preview size, over buffers that stay where they are; a call copies
the latents in, replays, and copies the picture out.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from studio.generate.networks.generator import NoiseMode, Synthesis

WARM_UP = 3  # runs before a capture, so that libraries have chosen their kernels
MOST_LATENTS = 8  # larger batches gain nothing from a graph


def supported(synthesis: Synthesis) -> bool:
    return next(synthesis.parameters()).device.type == "cuda"


@dataclass(eq=False)
class _Captured:
    graph: torch.cuda.CUDAGraph
    ws: Tensor
    pictures: Tensor


class GraphSynthesis:
    """The same pictures as `Synthesis` in evaluation, without gradients.

    The graphs read the network's weights in place, but no longer hold once its tensors are moved.
    """

    def __init__(self, synthesis: Synthesis) -> None:
        self.synthesis = synthesis
        self._captured: dict[tuple[int, NoiseMode, int | None], _Captured] = {}

    @torch.no_grad()
    def __call__(
        self, ws: Tensor, noise_mode: NoiseMode = "const", upto: int | None = None
    ) -> Tensor:
        """`[N, num_ws, w_dim]` to `[N, C, R, R]`, float32, on the network's device."""
        if noise_mode == "random" or len(ws) > MOST_LATENTS:
            return self.synthesis(ws, noise_mode, upto=upto)
        key = (len(ws), noise_mode, upto)
        if key not in self._captured:
            self._captured[key] = self._capture(ws, noise_mode, upto)
        captured = self._captured[key]
        captured.ws.copy_(ws)
        captured.graph.replay()
        return captured.pictures.clone()

    def _capture(self, ws: Tensor, noise_mode: NoiseMode, upto: int | None) -> _Captured:
        static = ws.detach().clone()
        stream = torch.cuda.Stream(ws.device)  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream(ws.device))
        with torch.cuda.stream(stream):
            for _ in range(WARM_UP):
                self.synthesis(static, noise_mode, upto=upto)
        torch.cuda.current_stream(ws.device).wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        # Other threads, such as a classifier's, may use the device meanwhile.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            pictures = self.synthesis(static, noise_mode, upto=upto)
        return _Captured(graph, static, pictures)
