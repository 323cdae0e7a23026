"""The losses of StyleGAN2 (Karras et al. 2020a): pure functions of logits, pictures and latents."""

import math

import torch
import torch.nn.functional as fn
from torch import Tensor

PATH_LENGTH_DECAY = 0.01


def nonsaturating_loss(logits: Tensor) -> Tensor:
    """−log of the probability by which D takes pictures for real; one number each. D's loss on real
    pictures, and the generator's on its own."""
    return fn.softplus(-logits)


def fake_loss(logits: Tensor) -> Tensor:
    """−log of the probability by which D takes pictures for generated: its loss on those."""
    return fn.softplus(logits)


def r1_penalty(logits: Tensor, pictures: Tensor) -> Tensor:
    """Squared norm of ∂D/∂x at real pictures `[N, C, R, R]`: `[N]`, times γ/2 the R1 loss."""
    (gradient,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3))


def path_lengths(pictures: Tensor, ws: Tensor, noise: Tensor, create_graph: bool) -> Tensor:
    """How far pictures move for a step in w: `[N]`, from random directions `noise` ~ N(0, 1)."""
    direction = noise / math.sqrt(noise.shape[2] * noise.shape[3])
    moved = (pictures * direction).sum()
    (gradient,) = torch.autograd.grad(moved, ws, create_graph=create_graph)
    return gradient.square().sum(dim=2).mean(dim=1).sqrt()


def path_length_penalty(lengths: Tensor, mean: Tensor, running: Tensor) -> Tensor:
    """∂/∂lengths of the mean of (lengths − running)², times their number.

    `running` is the moving average after this step: running = before + .01 (mean − before), and
    `mean` that of the whole batch. The published loss lets the gradient flow through it. Written
    out, because one process or round sees only its own part of the batch.
    """
    return 2 * ((lengths - running) - PATH_LENGTH_DECAY * (mean - running))
