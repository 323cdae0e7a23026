"""The third look at leakage: which images of a mix lie nearest to those of a test set in the
features of a pretrained backbone.

The check of pixels finds copies. Nearest neighbours also show what it does not promise: freely
turned copies, other photographs of one lesion. It cannot be said in advance how near is too near,
so they count for nothing until a person has looked at them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.classify.features import BackboneFeatures, backbone_features
from studio.imaging.prepared import PreparedImages
from studio.workflows.experiment.leakage import PlanLeakage, leaking
from studio.workflows.prepared import cache_of

OnProgress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Neighbour:
    """A test image and the training image nearest to it; `similarity` is the cosine of their
    standardised features: 1 for equal ones, about 0 for any two."""

    train: str
    test: str
    similarity: float

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        return {"train": self.train, "test": self.test, "similarity": round(self.similarity, 4)}


def nearest_neighbours(
    leakage: PlanLeakage, count: int, on_progress: OnProgress
) -> list[dict[str, Any]]:
    """Of each mix and test set the `count` nearest pairs, nearest first, each test image once;
    images that the check of pixels has found are left out. `{mix, test, weights, pairs}`.

    Raises StudioError where no pretrained weights can be had.
    """
    plan, sources = leakage.data.plan, leakage.data.sources
    items = {
        (item.file, item.square): item for source in sources.values() for item in source.split.items
    }
    cache = PreparedImages(cache_of([source.split for source in sources.values()]))
    seen = backbone_features(
        list(items.values()), cache, lambda done, total: on_progress(done, total, "features")
    )
    place = {(item.file, item.square): number for number, item in enumerate(seen.items)}
    told = []
    for mix in plan.mixes:
        for test, folder in plan.tests.items():
            own = folder.resolve()
            others = [one.folder for one in mix.folders if one.folder.resolve() != own]
            trained = [(i.file, i.square) for one in others for i in sources[one].split.items]
            found = {(str(path), square) for path, square in leaking(leakage.of(mix.folders, test))}
            tested = [
                key
                for item in sources[folder].split.items
                if (key := (item.file, item.square)) not in found
            ]
            rows, columns = (
                [place[key] for key in keys if key in place] for keys in (tested, trained)
            )
            pairs = _nearest(seen, columns, rows, count)
            told.append(
                {
                    "mix": mix.name,
                    "test": test,
                    "weights": seen.weights,
                    "pairs": [pair.to_dict() for pair in pairs],
                }
            )
    return told


def _nearest(
    seen: BackboneFeatures, trained: Sequence[int], tested: Sequence[int], count: int
) -> list[Neighbour]:
    if not trained or not tested:
        return []
    near = seen.vectors[list(tested)] @ seen.vectors[list(trained)].T
    best = near.argmax(axis=1)
    similarity = near[np.arange(len(tested)), best]
    return [
        Neighbour(
            seen.items[trained[best[row]]].file,
            seen.items[tested[row]].file,
            float(similarity[row]),
        )
        for row in np.argsort(-similarity, kind="stable")[:count].tolist()
    ]
