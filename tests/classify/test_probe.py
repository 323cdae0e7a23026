"""Logistic regression on frozen features."""

import numpy as np
import torch
from torch import nn

from studio.classify import probe


def clusters(n: int, classes: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(n) % classes
    centres = torch.eye(classes, 20) * 30
    return centres[targets] + 100 + torch.randn(n, 20, generator=generator), targets


def test_clusters_are_told_apart_whatever_their_scale() -> None:
    features, targets = clusters(60, 3, 0)
    features[:, 5] *= 1e4
    fitted = probe.fit(features, targets, 3)
    unseen, truth = clusters(30, 3, 1)
    unseen[:, 5] *= 1e4
    found = fitted.probabilities(unseen)
    np.testing.assert_allclose(found.sum(1), 1)
    assert (found.argmax(1) == truth.numpy()).all()


def test_a_constant_feature_does_no_harm() -> None:
    features, targets = clusters(40, 2, 0)
    features[:, 3] = 7.0
    assert np.isfinite(probe.fit(features, targets, 2).probabilities(features)).all()


def test_the_head_computes_what_the_probe_does() -> None:
    features, targets = clusters(40, 2, 0)
    fitted = probe.fit(features, targets, 2)
    head = nn.Linear(20, 2)
    fitted.into(head)
    expected = fitted.probabilities(features)
    np.testing.assert_allclose(head(features).double().softmax(1).detach(), expected, atol=1e-6)


def test_choice_is_balanced_distinct_and_fixed_by_the_seed() -> None:
    targets = np.array([0] * 50 + [1] * 7)
    chosen = probe.balanced_choice(targets, 20, 3)
    assert len(set(chosen.tolist())) == 20
    assert (targets[chosen] == 1).sum() == 7
    assert chosen.tolist() == probe.balanced_choice(targets, 20, 3).tolist()
    assert chosen.tolist() != probe.balanced_choice(targets, 20, 4).tolist()
    assert len(probe.balanced_choice(targets, 1000, 0)) == 57
