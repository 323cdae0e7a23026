"""The synthetic sample: photographs with known lesions, rendered by the project itself."""

from studio.sample.lesion import MELANOMA, NEVUS, Lesion
from studio.sample.photograph import PhotographSpec, render
from studio.sample.training import render_crop, write_training_set
from studio.sample.write import (
    DESCRIPTION,
    SampleManifest,
    SamplePhoto,
    SampleStoppedError,
    TrueBox,
    read_truth,
    write_sample,
)

__all__ = [
    "DESCRIPTION",
    "MELANOMA",
    "NEVUS",
    "Lesion",
    "PhotographSpec",
    "SampleManifest",
    "SamplePhoto",
    "SampleStoppedError",
    "TrueBox",
    "read_truth",
    "render",
    "render_crop",
    "write_sample",
    "write_training_set",
]
