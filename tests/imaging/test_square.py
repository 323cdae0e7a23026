"""Squares and their way between the stored and the displayed frame."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.imaging import Square, displayed_size, fit_square, to_exif, to_raw

sizes = st.integers(1, 6000)
orientations = st.integers(1, 8)
squares = st.builds(Square, st.floats(-9000, 9000), st.floats(-9000, 9000), st.floats(0.01, 9000))


def close(a: Square, b: Square) -> bool:
    return all(
        math.isclose(p, q, abs_tol=1e-6)
        for p, q in zip((a.cx, a.cy, a.side), (b.cx, b.cy, b.side), strict=True)
    )


@given(squares, sizes, sizes, orientations)
def test_raw_and_exif_are_inverse(square: Square, width: int, height: int, n: int) -> None:
    assert close(to_raw(to_exif(square, width, height, n), width, height, n), square)


@pytest.mark.parametrize(
    ("orientation", "expected"),
    [
        (1, (1, 2)),
        (2, (29, 2)),
        (3, (29, 18)),
        (4, (1, 18)),
        (5, (2, 1)),
        (6, (18, 1)),
        (7, (18, 29)),
        (8, (2, 29)),
    ],
)
def test_a_point_of_a_30_by_20_picture(orientation: int, expected: tuple[int, int]) -> None:
    seen = to_exif(Square(1, 2, 2), 30, 20, orientation)
    assert (seen.cx, seen.cy) == expected


@given(squares, sizes, sizes, orientations)
def test_fitting_commutes_with_turning(square: Square, width: int, height: int, n: int) -> None:
    turned_then_fitted = fit_square(
        to_exif(square, width, height, n), *displayed_size(width, height, n)
    )
    fitted_then_turned = to_exif(fit_square(square, width, height), width, height, n)
    assert close(turned_then_fitted, fitted_then_turned)


@given(squares, sizes, sizes)
def test_a_fitted_square_lies_inside_and_is_as_large_as_can_be(
    square: Square, width: int, height: int
) -> None:
    fitted = fit_square(square, width, height)
    assert fitted.x0 >= -1e-6
    assert fitted.y0 >= -1e-6
    assert fitted.x1 <= width + 1e-6
    assert fitted.y1 <= height + 1e-6
    assert fitted.side == min(square.side, width, height)


def test_fitting_shifts_before_it_shrinks() -> None:
    assert fit_square(Square(2, 50, 20), 100, 100) == Square(10, 50, 20)
    assert fit_square(Square(2, 50, 300), 200, 100) == Square(50, 50, 100)
    assert fit_square(Square(30, 40, 20), 100, 100) == Square(30, 40, 20)


@given(squares, squares)
def test_iou_is_symmetric_and_bounded(a: Square, b: Square) -> None:
    assert 0 <= a.iou(b) <= 1
    assert math.isclose(a.iou(b), b.iou(a), abs_tol=1e-12)
    assert math.isclose(a.iou(a), 1, rel_tol=1e-6)


def test_iou_by_hand() -> None:
    assert Square(5, 5, 10).iou(Square(10, 5, 10)) == pytest.approx(50 / 150)
    assert Square(5, 5, 10).iou(Square(50, 5, 10)) == 0


def test_edges_and_moves() -> None:
    square = Square(10, 20, 6)
    assert (square.x0, square.y0, square.x1, square.y1) == (7, 17, 13, 23)
    assert square.contains(7, 23)
    assert not square.contains(6.9, 20)
    assert square.scaled(2) == Square(10, 20, 12)
    assert square.moved(1, -1) == Square(11, 19, 6)
    assert Square.from_corners(0, 0, 10, 4) == Square(5, 2, 10)


@pytest.mark.parametrize("numbers", [(0, 0, 0), (0, 0, -1), (math.nan, 0, 1), (0, math.inf, 1)])
def test_numbers_that_make_no_square_are_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(StudioError, match="not a square"):
        Square(*numbers)


def test_an_unknown_orientation_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 8"):
        to_exif(Square(1, 1, 1), 10, 10, 9)
