"""Adaptive discriminator augmentation (Karras et al. 2020b)."""

from studio.generate.training.augment.pipeline import Augment, Draws
from studio.generate.training.augment.strengths import PIPELINES, Strengths

__all__ = ["PIPELINES", "Augment", "Draws", "Strengths"]
