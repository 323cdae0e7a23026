import math
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.datasets.formats import can
from studio.datasets.formats.can import CanRow
from studio.datasets.formats.lines import MAX_LINE_BYTES, Line
from studio.datasets.formats.records import RowReason
from studio.errors import StudioError
from studio.imaging import Square

ROW = b"00004 nevus 0.465 0.006 0.661 0.0 http://a.org/Borders Complete/x.jpg\n"


def in_order(read: can.CanList) -> list[can.CanRow | can.CanText]:
    """Rows and other lines in the order of the file."""
    return sorted([*read.rows, *read.texts], key=lambda line: line.line)


def over_edge(row: can.CanRow) -> bool:
    """The box, if there is one, reaches over the picture's edge."""
    return not row.zero_area and (
        min(row.x_center - row.width / 2, row.y_center - row.height / 2) < 0
        or max(row.x_center + row.width / 2, row.y_center + row.height / 2) > 1
    )


def write_list(folder: Path, content: bytes) -> Path:
    path = folder / "list.csv"
    path.write_bytes(content)
    return path


def row(text: str) -> CanRow:
    parsed = can.parse(Line(1, text, "\n"))
    assert isinstance(parsed, CanRow)
    return parsed


def test_the_url_is_the_rest_of_the_line(tmp_path: Path) -> None:
    (read,) = can.read(write_list(tmp_path, ROW)).rows
    assert read.url == "http://a.org/Borders Complete/x.jpg"
    assert (read.line, read.number, read.label) == (1, "00004", "nevus")
    assert (read.x_center, read.y_center, read.width, read.height) == (0.465, 0.006, 0.661, 0.0)
    assert read.zero_area
    assert read.square(1000, 800) is None


@pytest.mark.parametrize(
    "content",
    [
        b"## head\n" + ROW + b"\n# tail",
        ROW.rstrip(),
        ROW.replace(b"\n", b"\r\n") * 2,
        b"\xef\xbb\xbf" + ROW,
        b"\xef\xbb\xbf# head\n" + ROW,
        b"1 n 0.5 0.5 0.1 0.1 http://a.org/caf\xe9.jpg\n",
        b"1 n 0.5 0.5 0.1 0.1 http://a.org/\x00.jpg\n" + ROW,
        b"1 ../../x 0.5 0.5 0.1 0.1 http://a.org/1.jpg\n" + ROW,
        b"nonsense\n" + ROW,
        b"",
    ],
)
def test_what_was_read_is_written_back_byte_for_byte(tmp_path: Path, content: bytes) -> None:
    read = can.read(write_list(tmp_path, content))
    out = tmp_path / "out.csv"
    can.write(out, in_order(read))
    assert out.read_bytes() == content


LINES = st.one_of(
    st.just(ROW.rstrip()),
    st.binary(max_size=60).filter(lambda line: b"\n" not in line),
    st.text(max_size=40).map(lambda text: f"7 mél 0.1 0.2 1 1 {text}".replace("\n", " ").encode()),
)


@given(st.lists(LINES, max_size=8), st.sampled_from([b"\n", b"\r\n"]), st.booleans())
def test_any_bytes_come_back(lines: list[bytes], end: bytes, closed: bool) -> None:
    content = end.join(lines) + (end if closed else b"")
    if content.startswith((b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")):
        return  # a list in UTF-16 or UTF-32 is written back as UTF-8
    with tempfile.TemporaryDirectory() as folder:
        path = write_list(Path(folder), content)
        read = can.read(path)
        out = path.with_suffix(".out")
        can.write(out, in_order(read))
        assert out.read_bytes() == content
    for problem in read.problems:
        assert problem.sentence.isprintable()
    for one in read.rows:
        one.url.encode()
        assert can.row_from(one.line, one.as_read) == one


def test_rows_that_cannot_be_used_are_named_and_the_rest_is_kept(tmp_path: Path) -> None:
    content = b"".join(
        [
            b"1 ../../x 0.5 0.5 0.1 0.1 http://a.org/1.jpg\n",
            b"2 nevus 0.5 0.5 0.1 0.1 http://a.org/\x00.jpg\n",
            b"3 nevus 0.5 nan 0.1 0.1 http://a.org/3.jpg\n",
            b"4 nevus 0.5 0.5 0.1 1.5 http://a.org/4.jpg\n",
            b"5 nevus 0.5 0.5 0.1 http://a.org/5.jpg\n",
            b"6 ne\x1bvus 0.5 0.5 0.1 0.1 http://a.org/6.jpg\n",
            b"7 nevus 0.5 0.5 0.1 0.1 http://a.org/7.jpg\n",
        ]
    )
    read = can.read(write_list(tmp_path, content))
    assert [one.number for one in read.rows] == ["7"]
    assert [(problem.line, problem.reason) for problem in read.problems] == [
        (1, RowReason.BAD_LABEL),
        (2, RowReason.NUL_BYTE),
        (3, RowReason.BAD_NUMBER),
        (4, RowReason.BAD_NUMBER),
        (5, RowReason.BAD_ROW),
        (6, RowReason.BAD_LABEL),
    ]
    for problem in read.problems:
        assert f"Line {problem.line} " in problem.sentence
        assert problem.sentence.isprintable()


def test_long_urls_are_read_and_endless_lines_are_not_kept(tmp_path: Path) -> None:
    url = b"http://a.org/" + b"x" * 20_000
    endless = b"8 nevus 0.5 0.5 0.1 0.1 http://a.org/" + b"y" * (5 * MAX_LINE_BYTES)
    path = write_list(tmp_path, b"1 nevus 0.5 0.5 0.1 0.1 " + url + b"\n" + endless + b"\n" + ROW)
    read = can.read(path)
    assert [len(one.url) for one in read.rows] == [len(url), 35]
    assert [(problem.line, problem.reason) for problem in read.problems] == [
        (2, RowReason.TOO_LONG)
    ]
    assert all(len(text.raw) <= MAX_LINE_BYTES for text in read.texts)


def test_other_files_are_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StudioError, match="does not exist"):
        can.read(tmp_path / "none.csv")
    with pytest.raises(StudioError, match="is a folder"):
        can.read(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_a_list_in_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    content = "1 nävus 0.5 0.5 0.1 0.1 http://a.org/1.jpg\n".encode(encoding)
    read = can.read(write_list(tmp_path, content))
    assert [(row.label, row.url) for row in read.rows] == [("nävus", "http://a.org/1.jpg")]
    assert not read.problems


@pytest.mark.parametrize(
    "row",
    [
        "7 nevus 0,25 0,5 0,125 0,1 https://a.org/a b.jpg",
        "7;nevus;0,25;0,5;0,125;0,1;https://a.org/a b.jpg",
        "7\tnevus\t0.25\t0.5\t0.125\t0.1\thttps://a.org/a b.jpg",
        '7,nevus,0.25,0.5,0.125,0.1,"https://a.org/a b.jpg"',
        "7|nevus|.25|.5|.125|.1|https://a.org/a b.jpg",
    ],
)
def test_rows_as_spreadsheets_save_them(tmp_path: Path, row: str) -> None:
    (read,) = can.read(write_list(tmp_path, row.encode())).rows
    assert (read.number, read.label, read.url) == ("7", "nevus", "https://a.org/a b.jpg")
    assert (read.x_center, read.y_center, read.width, read.height) == (0.25, 0.5, 0.125, 0.1)
    assert read.raw == row


def test_labels_come_in_one_unicode_form(tmp_path: Path) -> None:
    content = "1 cafe\u0301 0.5 0.5 0.1 0.1 http://a.org/1.jpg\n".encode()
    (read,) = can.read(write_list(tmp_path, content)).rows
    assert read.label == "caf\u00e9"
    assert "cafe\u0301" in read.raw


@given(
    st.integers(200, 8000),
    st.integers(200, 8000),
    st.floats(0.05, 0.9),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_a_rounded_square_is_found_again(
    width: int, height: int, share: float, right: float, down: float
) -> None:
    side = share * min(width, height)
    x = side / 2 + right * (width - side)
    y = side / 2 + down * (height - side)
    numbers = [f"{v:.3f}" for v in (x / width, y / height, side / width, side / height)]
    found = row("1 n " + " ".join(numbers) + " http://a.org").square(width, height)
    assert found is not None
    # No further off than the rounding of the short side, which errs least.
    assert abs(found.side - side) <= 0.0005 * min(width, height) * math.sqrt(2) + 1e-6
    assert abs(found.cx - x) <= 0.001 * width + 1e-6
    assert abs(found.cy - y) <= 0.001 * height + 1e-6
    assert found.x0 >= -1e-6
    assert found.y0 >= -1e-6
    assert found.x1 <= width + 1e-6
    assert found.y1 <= height + 1e-6


def test_a_box_that_is_no_square_keeps_its_long_side() -> None:
    found = row("1 n 0.5 0.5 0.5 0.1 http://a.org").square(1000, 1000)
    assert found == Square(500, 500, 500)


def test_a_box_over_the_edge_is_moved_inside_and_its_numbers_are_kept() -> None:
    read = row("1 n 0.05 0.5 0.2 0.2 http://a.org")
    assert over_edge(read)
    found = read.square(1000, 1000)
    assert found is not None
    assert found.x0 == 0
    assert read.x_center == 0.05


def test_a_changed_row_keeps_its_other_fields() -> None:
    read = row("00007 nevus 0.100 0.2 0.1 0.1 http://a.org/a b.jpg")
    relabelled = can.changed(read, "melanoma", None, (100, 100))
    assert relabelled.raw == "00007 melanoma 0.100 0.2 0.1 0.1 http://a.org/a b.jpg"
    moved = can.changed(read, None, Square(50, 50, 20), (100, 200))
    assert moved.raw == "00007 nevus 0.5 0.25 0.2 0.1 http://a.org/a b.jpg"


def test_conflicts_tell_one_lesion_from_two(tmp_path: Path) -> None:
    content = (
        b"1 nevus 0.5 0.5 0.6 0.8 http://a.org/1.jpg\n"
        b"2 melanoma 0.5 0.5 0.56 0.8 http://a.org/1.jpg\n"
        b"3 nevus 0.2 0.2 0.2 0.2 http://a.org/2.jpg\n"
        b"4 melanoma 0.8 0.8 0.2 0.2 http://a.org/2.jpg\n"
        b"5 nevus 0.2 0.2 0.2 0.2 http://a.org/3.jpg\n"
        b"6 nevus 0.8 0.8 0.2 0.2 http://a.org/3.jpg\n"
    )
    conflicts = can.read(write_list(tmp_path, content)).conflicts()
    assert [(c.url, c.same_lesion) for c in conflicts] == [
        ("http://a.org/1.jpg", True),
        ("http://a.org/2.jpg", False),
    ]


@pytest.mark.data
def test_can2000_as_published(shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "can/CAN2000.csv"
    read = can.read(path)
    assert len(read.rows) == 2006
    assert len(read.urls) == 1858
    assert sum(len(rows) > 1 for rows in read.by_url().values()) == 113
    assert read.needs_box == 76
    assert sum(over_edge(one) for one in read.rows) == 275
    assert len(read.conflicts()) == 8
    same = [conflict for conflict in read.conflicts() if conflict.same_lesion]
    assert [[one.number for one in conflict.rows] for conflict in same] == [["00395", "01592"]]
    assert sum(" " in one.url for one in read.rows) == 11
    assert not read.problems
    assert sum(one.is_comment and bool(one.raw.strip()) for one in read.texts) == 2
    out = tmp_path / "out.csv"
    can.write(out, in_order(read))
    assert out.read_bytes() == path.read_bytes()
