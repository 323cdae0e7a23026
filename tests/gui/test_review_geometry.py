"""What the canvas computes without Qt: zooming, hit testing, dragging, the pages of a sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.imaging import Square, fit_square
from studio.ui.review.edge import edge_notice
from studio.ui.review.hit import (
    MIN_SIDE,
    Handle,
    dragged,
    handle_points,
    hit_box,
    hit_handle,
    resized,
    within,
)
from studio.ui.review.prefetch import AHEAD, BEHIND, order_of_travel
from studio.ui.review.sheet_page import SheetPage, columns_of, page_size
from studio.ui.view_transform import MAX_SCALE, ViewTransform

place = st.floats(-2000, 2000)
squares = st.builds(Square, place, place, st.floats(MIN_SIDE, 3000))


@given(st.floats(0.01, 16), place, place, place, place)
def test_view_and_image_points_are_inverse(
    scale: float, dx: float, dy: float, x: float, y: float
) -> None:
    view = ViewTransform(scale, dx, dy)
    back = view.to_image(*view.to_view(x, y))
    assert back == pytest.approx((x, y), abs=1e-6)


@given(st.floats(0.05, 4), st.floats(0.2, 5), place, place)
def test_zooming_keeps_the_point_under_the_pointer(
    scale: float, factor: float, x: float, y: float
) -> None:
    view = ViewTransform(scale, 17, -31)
    zoomed = view.zoomed(factor, x, y, smallest=0.01)
    assert zoomed.to_view(*view.to_image(x, y)) == pytest.approx((x, y), abs=1e-6)
    assert 0.01 <= zoomed.scale <= MAX_SCALE


@given(st.integers(1, 9000), st.integers(1, 9000), st.integers(100, 4000), st.integers(100, 3000))
def test_the_whole_picture_fits(width: int, height: int, view_width: int, view_height: int) -> None:
    view = ViewTransform.fit(width, height, view_width, view_height)
    x0, y0 = view.to_view(0, 0)
    x1, y1 = view.to_view(width, height)
    assert x0 >= 0 <= y0
    assert x1 <= view_width + 1e-6
    assert y1 <= view_height + 1e-6
    assert view.scale <= 2


def test_panning_leaves_some_of_the_picture_in_sight() -> None:
    view = ViewTransform(1, 0, 0).panned(9000, -9000).bounded(400, 300, 800, 600)
    assert view.to_view(0, 0)[0] < 800
    assert view.to_view(400, 300)[1] > 0


@given(squares, st.sampled_from(Handle), st.floats(-500, 500), st.floats(-500, 500))
def test_a_corner_drag_holds_the_opposite_corner(
    square: Square, handle: Handle, dx: float, dy: float
) -> None:
    changed = dragged(square, handle, dx, dy)
    assert changed.side >= MIN_SIDE
    if handle is Handle.CENTRE:
        assert changed.side == square.side
        return
    opposite = Handle((-handle.value[0], -handle.value[1]))
    assert handle_points(changed)[opposite] == pytest.approx(
        handle_points(square)[opposite], abs=1e-6
    )


def test_dragging_a_corner_along_its_diagonal_follows_the_pointer() -> None:
    square = Square(100, 100, 50)
    changed = dragged(square, Handle.SE, 30, 30)
    assert handle_points(changed)[Handle.SE] == (155, 155)
    assert changed.side == 80


def test_corners_win_over_the_centre_and_far_points_hit_nothing() -> None:
    square = Square(100, 100, 20)
    assert hit_handle(square, 95, 95, reach=11) is Handle.NW
    assert hit_handle(square, 100, 100, reach=4) is Handle.CENTRE
    assert hit_handle(square, 140, 100, reach=11) is None


def test_the_smallest_of_nested_boxes_is_hit() -> None:
    boxes = [Square(100, 100, 80), Square(105, 100, 20), Square(300, 300, 50)]
    assert hit_box(boxes, 104, 101) == 1
    assert hit_box(boxes, 70, 70) == 0
    assert hit_box(boxes, 500, 500) is None


@given(squares, st.floats(0.01, 50))
def test_resizing_holds_the_centre(square: Square, factor: float) -> None:
    changed = resized(square, factor)
    assert (changed.cx, changed.cy) == (square.cx, square.cy)
    assert changed.side == pytest.approx(max(square.side * factor, MIN_SIDE))


@given(squares)
def test_an_edited_square_keeps_its_centre_in_the_picture(square: Square) -> None:
    kept = within(square, 640, 480)
    assert 0 <= kept.cx <= 640
    assert 0 <= kept.cy <= 480
    assert MIN_SIDE <= kept.side <= 1280
    fitted = fit_square(kept, 640, 480)
    assert bool(edge_notice(kept, 640, 480)) == (
        max(abs(fitted.cx - kept.cx), abs(fitted.cy - kept.cy), kept.side - fitted.side) >= 0.5
    )


def test_the_edge_is_put_into_words() -> None:
    assert edge_notice(Square(100, 100, 50), 640, 480) == ""
    assert "shifted inwards by 15 px" in edge_notice(Square(10, 100, 50), 640, 480)
    assert "shrunk from 600 to 480 px" in edge_notice(Square(300, 200, 600), 640, 480)


def test_prefetch_goes_eight_ahead_and_three_back_in_the_direction_of_travel() -> None:
    on = order_of_travel(100, 1000, 1)
    assert on[0] == 100
    assert sorted(on) == list(range(100 - BEHIND, 100 + AHEAD + 1))
    assert on[1] == 101
    assert sorted(order_of_travel(100, 1000, -1)) == list(range(100 - AHEAD, 100 + BEHIND + 1))
    assert order_of_travel(0, 2, 1) == [0, 1]


def test_a_page_is_confirmed_only_when_every_tile_was_seen() -> None:
    page = SheetPage([1, 2, 3, 4])
    page.seen |= {1, 2, 3}
    assert page.unseen == 1
    assert not page.confirmable
    page.seen.add(4)
    page.toggle(2)
    page.toggle(3)
    page.toggle(3)
    page.toggle(99)
    assert page.confirmable
    assert page.decision() == ([1, 3, 4], [2])


def test_unreadable_tiles_are_not_decided() -> None:
    page = SheetPage([1, 2], seen={1}, unreadable={2})
    assert page.confirmable
    assert page.decision() == ([1], [])
    assert not SheetPage([2], unreadable={2}).confirmable


@given(st.floats(50, 5000), st.floats(50, 3000))
def test_pages_have_24_to_48_tiles(width: float, height: float) -> None:
    assert 24 <= page_size(width, height, 184) <= 48
    assert columns_of(width, 184) >= 1
