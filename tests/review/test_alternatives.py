from hypothesis import given
from hypothesis import strategies as st

from studio.imaging import Square
from studio.review import SCALES, alternatives


def test_the_scales_about_the_centre() -> None:
    assert SCALES == (1.0, 1.6, 2.6)
    small, middle, large = alternatives(Square(500, 400, 100), 1000, 800)
    assert (small, middle) == (Square(500, 400, 100), Square(500, 400, 160))
    assert (large.cx, large.cy, large.side) == (500, 400, 260)


@given(
    st.floats(-50, 1050), st.floats(-50, 850), st.floats(1, 3000), st.integers(1, 1000),
    st.integers(1, 800),
)  # fmt: skip
def test_all_lie_inside_the_picture(
    cx: float, cy: float, side: float, width: int, height: int
) -> None:
    for square in alternatives(Square(cx, cy, side), width, height):
        assert square.x0 >= -1e-6
        assert square.y0 >= -1e-6
        assert square.x1 <= width + 1e-6
        assert square.y1 <= height + 1e-6
