"""Copies among images in memory, as held-out pictures and studies ask for them."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from studio.imaging.copies import copy_of, which_are_copies

Mole = Callable[..., Image.Image]


def test_copies_are_told_in_any_position(mole: Mole) -> None:
    known = np.stack([np.asarray(mole(seed, 128)) for seed in range(6)])
    turned = mole(4, 128).transpose(Image.Transpose.ROTATE_270)
    trimmed = mole(2, 128).crop((6, 0, 128, 122)).resize((128, 128))
    asked = [np.asarray(one) for one in (turned, mole(30, 128), trimmed, mole(31, 128))]
    assert which_are_copies(known, np.stack(asked)).tolist() == [True, False, True, False]
    assert [copy_of(one, list(known)) for one in asked] == [4, None, 2, None]
    assert not which_are_copies(known, np.empty((0, 128, 128, 3), np.uint8)).any()
    assert copy_of(asked[0], []) is None


def test_small_images_are_copies_only_where_they_are_equal(mole: Mole) -> None:
    small = [np.asarray(mole(seed, 32)) for seed in range(3)]
    assert not which_are_copies(small, [small[1].copy()]).any()
    assert copy_of(small[1].copy(), small) == 1
    assert copy_of(np.ascontiguousarray(small[1][:, ::-1]), small) is None
