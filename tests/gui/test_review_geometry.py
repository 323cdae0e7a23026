"""What the canvas computes without Qt: zooming, hit testing, dragging, the pages of a sheet."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.imaging import Square, fit_square
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
from studio.ui.review.sheet_grid import TILE
from studio.ui.review.sheet_page import SMALLEST_TILE, SheetPage, layout_for, page_layout
from studio.ui.review.words import edge_notice
from studio.ui.review.zoom import around_box, corners_of, is_seen, whole_in_sight
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


def height_of(rows: int, side: int) -> int:
    return 8 + rows * (side + 22 + 8)


@given(st.integers(600, 5000), st.integers(320, 3000))
def test_pages_have_12_to_48_tiles_and_fit_the_view(width: int, height: int) -> None:
    page = page_layout(width, height, 8, 22, TILE)
    assert 12 <= page.size <= 48
    assert page.side > SMALLEST_TILE
    assert 8 + page.columns * (page.side + 8) <= width
    assert height_of(page.rows, page.side) <= height


def test_a_page_has_more_tiles_where_they_are_large_and_none_smaller_than_need_be() -> None:
    small, usual, large = (page_layout(w, h, 8, 22, TILE) for w, h in SHEETS)
    assert (small.columns, small.rows, small.side) == (7, 3, 162)  # not 24 of 141 px
    assert (usual.size, usual.side) == (32, 159)
    assert (large.size, large.side) == (48, 196)


# The sheet in a window of 1280 x 720, of 1440 x 900, and a large one.
SHEETS = ((1200, 584), (1360, 764), (2460, 1300))


@given(st.integers(1, 48), st.integers(600, 3000), st.integers(400, 2000))
def test_a_page_made_for_another_view_fits_this_one_too(
    count: int, width: int, height: int
) -> None:
    page = layout_for(count, width, height, 8, 22)
    assert page.size >= count
    assert 8 + page.columns * (page.side + 8) <= width or page.side == SMALLEST_TILE
    assert height_of(page.rows, page.side) <= height or page.side == SMALLEST_TILE


def test_labels_of_single_tiles_stand_beside_that_of_the_page() -> None:
    page = SheetPage([1, 2, 3], seen={1, 2, 3}, unlabelled=True)
    page.give_label(1, 7)
    page.toggle(2)
    assert page.lacks_label  # the third
    page.toggle(3)
    assert page.confirmable
    page.toggle(1)
    assert page.labels() == {}  # marked as wrong: nothing is labelled
    page.give_label(1, 8)
    assert (page.marked, page.labels()) == ({2, 3}, {1: 8})
    page.give_label(1, None)
    assert page.lacks_label


WIDTH, HEIGHT = 4000, 3000  # of a picture
inside = st.builds(
    Square, st.floats(0, WIDTH), st.floats(0, HEIGHT), st.floats(MIN_SIDE, 2 * WIDTH)
)
views = st.builds(ViewTransform, st.floats(0.02, 16), st.floats(-9000, 9000), place)


@given(inside, views, st.integers(240, 2500), st.integers(200, 1500))
def test_a_box_that_was_brought_into_sight_is_seen(
    square: Square, view: ViewTransform, width: int, height: int
) -> None:
    corners = corners_of(square, WIDTH, HEIGHT)
    shown = view.showing(corners, width, height).bounded(WIDTH, HEIGHT, width, height)
    assert shown.scale == view.scale
    assert is_seen(shown, corners, width, height)
    whole = whole_in_sight(view, corners, width, height)
    assert whole.share_in_sight(corners, width, height) == pytest.approx(1)
    x0, y0 = whole.to_view(*corners[:2])
    x1, y1 = whole.to_view(*corners[2:])
    assert min(x0, y0) >= -1e-6
    assert x1 <= width + 1e-6
    assert y1 <= height + 1e-6


@given(inside, st.integers(240, 2500), st.integers(200, 1500))
def test_a_box_that_is_zoomed_to_is_seen(square: Square, width: int, height: int) -> None:
    view = around_box(square, width, height).bounded(WIDTH, HEIGHT, width, height)
    assert is_seen(view, corners_of(square, WIDTH, HEIGHT), width, height)
    assert square.side * view.scale <= 0.6 * min(width, height) + 1e-6


def test_a_box_off_the_canvas_or_at_its_rim_is_not_seen() -> None:
    corners = (100.0, 100.0, 300.0, 300.0)
    view = ViewTransform(1)
    assert is_seen(view, corners, 800, 600)
    assert is_seen(view.panned(-110, 0), corners, 800, 600)  # 95 % of it
    assert not is_seen(view.panned(-200, 0), corners, 800, 600)  # half of it
    assert not is_seen(view.panned(-900, 0), corners, 800, 600)
    # One that is larger than the canvas needs to fill a quarter of it.
    close = ViewTransform(10).centred(200, 200, 800, 600)
    assert is_seen(close, corners, 800, 600)
    assert is_seen(close.panned(1150, 0), corners, 800, 600)  # 250 of 800 px
    assert not is_seen(close.panned(1300, 0), corners, 800, 600)  # 100 of 800 px
    # What lies outside the picture cannot be seen, and is not asked for.
    assert corners_of(Square(0, 0, 100), 400, 300) == (0, 0, 50, 50)


def test_a_view_moves_no_further_than_need_be() -> None:
    view = ViewTransform(1)
    assert view.showing((100, 100, 300, 300), 800, 600) == view
    assert view.showing((700, 100, 900, 300), 800, 600) == view.panned(-116, 0)
    assert view.showing((-50, 500, 100, 650), 800, 600) == view.panned(66, -66)
    assert view.showing((0, 0, 2000, 100), 800, 600) == view.panned(-600, 16)
