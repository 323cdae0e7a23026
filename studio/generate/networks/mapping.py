"""From z (and a class) to w."""

import torch
from torch import Tensor, nn

from studio.generate.networks.layers import FullyConnected
from studio.generate.networks.ops import unit_second_moment


class Mapping(nn.Module):
    """z `[N, z_dim]` and one-hot c `[N, c_dim]` to w.

    With `num_ws` the result is repeated to `[N, num_ws, w_dim]` and the running average `w_avg`
    `[w_dim]` is kept for truncation; without it (in the discriminator) it stays `[N, w_dim]`.
    """

    def __init__(
        self,
        z_dim: int,
        c_dim: int,
        w_dim: int,
        num_ws: int | None,
        layers: int,
        *,
        lr_multiplier: float = 0.01,
        w_avg_beta: float = 0.998,
    ) -> None:
        super().__init__()
        self.w_avg: Tensor
        self.z_dim, self.c_dim, self.w_dim, self.num_ws = z_dim, c_dim, w_dim, num_ws
        self.w_avg_beta = w_avg_beta
        if c_dim:
            self.embed = FullyConnected(c_dim, w_dim)
        widths = [z_dim + (w_dim if c_dim else 0)] + [w_dim] * layers
        self.layer_names = [f"fc{i}" for i in range(layers)]
        for name, inputs, outputs in zip(self.layer_names, widths, widths[1:], strict=False):
            layer = FullyConnected(inputs, outputs, activation="lrelu", lr_multiplier=lr_multiplier)
            setattr(self, name, layer)
        if num_ws is not None:
            self.register_buffer("w_avg", torch.zeros(w_dim))

    def forward(
        self,
        z: Tensor | None,
        c: Tensor | None = None,
        truncation_psi: float = 1.0,
        truncation_cutoff: int | None = None,
        update_average: bool = False,
    ) -> Tensor:
        parts = []
        if self.z_dim:
            assert z is not None, "this mapping needs z"
            parts.append(unit_second_moment(z.float()))
        if self.c_dim:
            assert c is not None, "this network is conditional: it needs a class"
            parts.append(unit_second_moment(self.embed(c.float())))
        x = torch.cat(parts, dim=1)
        for name in self.layer_names:
            x = getattr(self, name)(x)
        if update_average:
            self.w_avg.copy_(x.detach().mean(dim=0).lerp(self.w_avg, self.w_avg_beta))
        if self.num_ws is None:
            return x
        ws = x[:, None].repeat(1, self.num_ws, 1)
        return truncate(ws, self.w_avg, truncation_psi, truncation_cutoff)


def truncate(ws: Tensor, w_avg: Tensor, psi: float, cutoff: int | None = None) -> Tensor:
    """w_avg + psi (w − w_avg) on the first `cutoff` rows of `[N, L, W]`, on all when None."""
    if psi == 1:
        return ws
    head = w_avg.lerp(ws[:, :cutoff], psi)
    return head if cutoff is None else torch.cat([head, ws[:, cutoff:]], dim=1)
