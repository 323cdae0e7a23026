"""All figures of one set of features against another."""

from collections.abc import Mapping
from typing import Any

from studio.errors import StudioError
from studio.generate.metrics.frechet import frechet_distance
from studio.generate.metrics.kid import FEWEST, drawn, kid
from studio.generate.metrics.neighbours import Features
from studio.generate.metrics.precision_recall import precision_recall


def compare(real: Features, fake: Features) -> dict[str, Any]:
    """KID with its interval, Fréchet distance, precision and recall, and the numbers behind them.

    `n_real` and `n_fake` are the pictures that were looked at, `rests_on` those of each figure:
    some are drawn, so that they compare or come in seconds.

    Raises:
        StudioError: fewer than four pictures on a side.
    """
    if min(len(real), len(fake)) < FEWEST:
        raise StudioError(
            f"Metrics need {FEWEST} pictures on each side; there are {len(real)} and {len(fake)}."
        )
    distance, reach = kid(real, fake), precision_recall(real, fake)
    return {
        "n_real": len(real),
        "n_fake": len(fake),
        "kid": distance.value,
        "kid_low": distance.low,
        "kid_high": distance.high,
        "fd": frechet_distance(real, fake),
        "precision": reach.precision,
        "recall": reach.recall,
        "rests_on": {
            "kid": {"real": distance.n_real, "fake": distance.n_fake},
            "fd": {"real": len(real), "fake": len(fake)},
            "precision_recall": {"real": reach.n, "fake": reach.n},
        },
    }


def beside(target: Features, candidates: Mapping[str, Features], seed: int = 0) -> dict[str, Any]:
    """Each of the candidates against the same real pictures, and with equally many pictures each.

    Only then do their Fréchet distances, precisions and recalls compare.
    """
    n = min(len(one) for one in candidates.values())
    return {name: compare(target, drawn(one, n, seed)) for name, one in candidates.items()}
