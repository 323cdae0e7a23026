"""Directions in w along which pictures change in one respect."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from studio.errors import StudioError
from studio.generate.networks.generator import Synthesis


@dataclass(frozen=True, eq=False)
class Directions:
    """Unit vectors `[K, W]`, strongest first, and how strong each is (`[K]`)."""

    vectors: Tensor
    strengths: Tensor


def principal_components(ws: Tensor, k: int = 10) -> Directions:
    """PCA of many w `[N, W]` (GANSpace, Härkönen et al. 2020); strengths are deviations."""
    centred = (ws - ws.mean(dim=0)).double()
    _, singular, vectors = torch.linalg.svd(centred, full_matrices=False)
    deviations = singular / max(len(ws) - 1, 1) ** 0.5
    return Directions(_signed(vectors[:k]).float(), deviations[:k].float())


def closed_form(synthesis: Synthesis, rows: range | None = None, k: int = 10) -> Directions:
    """The w directions that move the styles most (SeFa, Shen & Zhou 2021).

    Leading eigenvectors of AᵀA, where A stacks the affine weights of the layers that the given
    rows of W+ drive; strengths are the singular values of A.
    """
    weights = []
    for row, layer in enumerate(_affine_layers(synthesis)):
        if rows is None or row in rows:
            weights.append(layer)
    if not weights:
        raise StudioError("No layer of this network belongs to the chosen rows.")
    _, singular, vectors = torch.linalg.svd(torch.cat(weights).double(), full_matrices=False)
    return Directions(_signed(vectors[:k]).float(), singular[:k].float())


def _affine_layers(synthesis: Synthesis) -> list[Tensor]:
    """Scaled affine weights `[in, W]` by row: each convolution, then the last colours."""
    blocks = synthesis.blocks()
    layers = [
        layer
        for block in blocks
        for layer in (getattr(block, "conv0", None), block.conv1)
        if layer is not None
    ]
    layers.append(blocks[-1].torgb)
    return [layer.affine.weight.detach() * layer.affine.weight_gain for layer in layers]


def class_boundary(ws: Tensor, positive: Tensor) -> Directions:
    """The unit normal of a linear boundary between labelled w (InterFaceGAN, Shen et al. 2020).

    `ws` `[N, W]`, `positive` `[N]` bool; it points to the positive side. The strength is the
    distance of the two class means along it. Fitted by a linear support vector machine.
    """
    if positive.all() or not positive.any():
        raise StudioError("A boundary needs latents of both classes; all of these are of one.")
    from sklearn.svm import LinearSVC  # heavy: only when asked for

    spread = ws.std(dim=0).clamp_min(1e-8)
    machine = LinearSVC(C=0.01, dual="auto", random_state=0)
    machine.fit((ws / spread).numpy(), positive.numpy())
    normal = torch.from_numpy(machine.coef_[0]).float() / spread
    normal = normal / normal.norm()
    gap = (ws[positive].mean(dim=0) - ws[~positive].mean(dim=0)) @ normal
    return Directions(normal[None], gap[None])


def boundary_of_scores(ws: Tensor, scores: Sequence[float]) -> Directions:
    """The boundary between the lower and the upper third of `ws` `[N, W]` by a classifier's score.

    StudioError when the scores do not tell them apart.
    """
    values = torch.tensor(scores)
    low, high = values.quantile(1 / 3), values.quantile(2 / 3)
    if low == high:
        raise StudioError("This classifier gives all pictures of this network the same score.")
    used = (values <= low) | (values >= high)
    return class_boundary(ws[used], values[used] >= high)


def _signed(vectors: Tensor) -> Tensor:
    """Each vector with its largest component positive, so that a refit keeps its sense."""
    largest = vectors.gather(1, vectors.abs().argmax(dim=1, keepdim=True))
    return vectors * torch.where(largest < 0, -1.0, 1.0)
