"""Sentences for numbers that rest on too few pictures, each threshold with its reason."""

from studio.generate.metrics.frechet import USUAL
from studio.generate.metrics.kid import MOST, Kid

# Below this the jackknife error and the normal quantile of KID's interval are themselves rough.
FEW_FOR_KID = 100
# Kynkäänniemi et al. compare 50,000; under a thousand the reach of a picture is wide and the
# shares mostly say how many pictures there are.
FEW_FOR_REACH = 1000
# A quantile of 1 % is not a distance of any picture before there are 99.
FEW_HELD_OUT = 99
FEWEST_HELD_OUT = 19  # the same for 5 %


def _count(n: int, one: str) -> str:
    return f"{n:,} {one}{'' if n == 1 else 's'}"


def of_comparison(n_real: int, n_fake: int, dims: int) -> list[str]:
    """What to know about KID, Fréchet distance, precision and recall of these numbers."""
    fewer = min(n_real, n_fake)
    real, fake = _count(n_real, "real picture"), _count(n_fake, "generated picture")
    said = []
    if fewer < FEW_FOR_KID:
        said.append(
            f"KID rests on {real} and {fake}: below {FEW_FOR_KID}, its interval is itself rough."
        )
    if fewer < USUAL:
        singular = f", fewer than the {dims:,} features," if fewer < dims else ""
        said.append(
            f"The Fréchet distance rests on {real} and {fake}{singular} and is biased upwards: "
            f"below {USUAL:,}, compare it only with others from the same numbers."
        )
    if fewer < FEW_FOR_REACH:
        said.append(
            f"Precision and recall rest on {_count(fewer, 'picture')} of each kind: below "
            f"{FEW_FOR_REACH:,}, compare them only with others from the same numbers."
        )
    if max(n_real, n_fake) > MOST:
        kid_real, kid_fake = min(n_real, MOST), min(n_fake, MOST)
        said.append(
            f"KID rests on {kid_real:,} of {real} and {kid_fake:,} of {fake}, precision and recall "
            f"on {min(fewer, MOST):,} of each, drawn by chance."
        )
    return said


def of_held_out(n_held_out: int, copies: int) -> list[str]:
    """What to know about the memorisation check against this many held-out pictures, beside which
    `copies` were named that are training pictures as well."""
    if n_held_out == 0 and copies:
        those = (
            "The held-out picture is" if copies == 1 else f"All {copies:,} held-out pictures are"
        )
        return [f"{those} among the training pictures too: memorisation cannot be judged."]
    if n_held_out == 0:
        return ["There are no held-out pictures, so that memorisation cannot be judged."]
    said = []
    if n_held_out < FEW_HELD_OUT:
        judges = _count(n_held_out, "held-out picture")
        needed = f"the 1 % quantile needs {FEW_HELD_OUT}, the 5 % quantile {FEWEST_HELD_OUT}"
        said.append(f"Memorisation is judged by {judges}: {needed}.")
    if copies:
        one = "picture is" if copies == 1 else "pictures are"
        said.append(
            f"{copies:,} held-out {one} among the training pictures too, and left out of the check."
        )
    return said


def of_foreign(apart: Kid) -> list[str]:
    """What to know when held-out pictures are not like the training pictures to begin with."""
    if apart.low <= 0:
        return []
    sentence = (
        f"Held-out pictures differ from the training pictures (KID {apart.value:.3g}, "
        f"{apart.low:.3g} to {apart.high:.3g}): they lie farther away than unseen ones of the same "
        "kind would, and samples seem nearer than they are."
    )
    return [sentence]


def of_part(n: int, learnt_from: int) -> list[str]:
    """What to know when the network learnt from more pictures than the figures look at."""
    if n >= learnt_from:
        return []
    sentence = (
        f"The figures look at {n:,} of the {learnt_from:,} pictures that were learnt from, drawn "
        "by chance: a copy of one of the others is not noticed."
    )
    return [sentence]


def of_classes() -> str:
    """What to know when a network's classes are not those of the pictures."""
    return (
        "The classes of the network are not those of the pictures: equally many were generated of "
        "each, whatever the pictures hold."
    )
