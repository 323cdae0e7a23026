"""Other squares one key away: the place of a proposal is usually right and its scale is not."""

from studio.imaging import Square, fit_square

SCALES = (1.0, 1.6, 2.6)


def alternatives(square: Square, width: int, height: int) -> list[Square]:
    """The square at each of SCALES about its centre, fitted into a picture of this size.

    Near an edge the larger ones are shifted, then shrunk; those that come out equal stay, so that
    the key always cycles through the same number.
    """
    return [fit_square(square.scaled(scale), width, height) for scale in SCALES]
