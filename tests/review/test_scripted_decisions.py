from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import Action, BoxState, ImageRow, NewBox, Project
from studio.review import Reviewer, apply_decisions_csv


@pytest.fixture
def boxes(project: Project, images: list[ImageRow]) -> list[int]:
    return project.boxes.add([NewBox(images[0].id, Square(100, 100, 40), 1) for _ in range(6)])


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "decisions.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_action(project: Project, boxes: list[int], tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "box,action,label,cx,cy,side,reason,comment\n"
        "1,accept,,,,,,\n"
        "2,reject,,,,,blur,\n"
        "3,relabel,malignantmelanoma,,,,,\n"
        "4,adjust,,120.5,130,60,,\n"
        '5,unsure,,,,,,"two lines,\nor more"\n'
        "6,Comment,,,,,,점\n"
        "1,accept,malignantmelanoma,,,,,\n",
    )
    report = apply_decisions_csv(project, path, "Ana")
    assert report.to_dict() == {"applied": 7, "already": 0, "failed": []}
    found = [(b.state, b.label_id, b.reason, b.comment) for b in project.boxes.by_ids(boxes)]
    assert found == [
        (BoxState.ACCEPTED, 2, None, None),
        (BoxState.REJECTED, 1, "blur", None),
        (BoxState.ACCEPTED, 2, None, None),
        (BoxState.ADJUSTED, 1, None, None),
        (BoxState.UNSURE, 1, None, "two lines,\nor more"),
        (BoxState.UNDECIDED, 1, None, "점"),
    ]
    assert project.boxes.by_id(boxes[3]).square == Square(120.5, 130, 60)


def test_the_same_events_as_by_hand(project: Project, boxes: list[int], tmp_path: Path) -> None:
    by_hand = Reviewer(project, "Ana").accept(boxes[0])
    apply_decisions_csv(project, write(tmp_path, f"box,action\n{boxes[1]},accept\n"), "Ana")
    scripted = project.events.of_box(boxes[1])[-1]
    same = ("reviewer", "action", "before", "after", "batch", "reverts")
    assert [getattr(scripted, name) for name in same] == [getattr(by_hand, name) for name in same]
    undone = Reviewer(project, "Ana").undo()
    assert undone is not None
    assert undone.box_id == boxes[1]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("999,accept,,", "no box 999"),
        ("x,accept,,", "'x' is not the id of a box"),
        ("-1,accept,,", "'-1' is not the id"),
        ("99999999999999999999,accept,,", "is not the id"),
        ("٣,accept,,", "is not the id"),
        (",accept,,", "'' is not the id"),
        ("1,fly,,", "'fly' is not an action: use one of accept, reject"),
        ("1,accept", "2 cells and the header 4"),
        ("1,accept,,,", "5 cells"),
        ("1,relabel,,", "needs the name of a label"),
        ("1,relabel,../../x,", "no label '../../x'"),
        ("1,accept,absent,", "no label 'absent'"),
        ("1,reject,,ugly", "not a reason"),
        ("1,adjust,,", "a number as cx"),
        ("1,acc\0ept,,", "NUL"),
        ('1,"accept,,', "not CSV"),
        ('1,acc"ept,,', "is not an action"),
        ("1,acc\udce9pt,,", "is not an action"),
        ("1,accept," + "x" * 200_000 + ",", "not CSV"),
    ],
)
def test_a_bad_row_is_reported_and_the_rest_is_applied(
    project: Project, boxes: list[int], tmp_path: Path, row: str, says: str
) -> None:
    text = f"box,action,label,reason\n2,accept,,\n\n{row}\n3,reject,,face\n"
    path = write(tmp_path, text.encode("utf-8", "surrogateescape"))
    report = apply_decisions_csv(project, path, "Ana")
    assert report.applied == 2
    (failure,) = report.failed
    assert failure.row == 4
    assert says in failure.sentence
    assert len(failure.sentence) < 300
    assert project.boxes.by_id(2).state is BoxState.ACCEPTED
    assert project.boxes.by_id(3).reason == "face"
    assert project.boxes.by_id(1).state is BoxState.UNDECIDED


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffbox,action\r\n1,accept\r\n",
        "box;action\n1;accept",
        "action\tbox\naccept\t1\n",
        '"Box", Action \n 1 , ACCEPT \n',
        "box id,action\n1,accept\n",
    ],
)
def test_the_dialects_of_spreadsheets(
    project: Project, boxes: list[int], tmp_path: Path, text: str
) -> None:
    assert apply_decisions_csv(project, write(tmp_path, text), "Ana").applied == 1
    assert project.boxes.by_id(1).state is BoxState.ACCEPTED


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "lacks the column box"),
        (b"1,accept\n", "lacks the column box"),
        (b"box,label\n", "lacks the column action"),
        (b"box,action,colour\n1,accept,red\n", "columns it cannot have"),
        (b"box,action,action\n", "columns it cannot have"),
        (b"\x89PNG\r\n\x1a\n\0\0", "lacks the column box"),
    ],
)
def test_a_header_that_is_none(
    project: Project, boxes: list[int], tmp_path: Path, content: bytes, says: str
) -> None:
    with pytest.raises(StudioError, match=says) as refusal:
        apply_decisions_csv(project, write(tmp_path, content), "Ana")
    assert "\n" not in str(refusal.value)
    assert project.events.of_reviewer("Ana") == []


def test_a_file_that_is_not_there(project: Project, tmp_path: Path) -> None:
    with pytest.raises(StudioError, match=r"absent\.csv does not exist"):
        apply_decisions_csv(project, tmp_path / "absent.csv", "Ana")
    with pytest.raises(StudioError, match=tmp_path.name):
        apply_decisions_csv(project, tmp_path, "Ana")


def test_many_rows_are_quick_and_each_a_step(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    lines = [f"{1 + n % 6},comment,n{n}" for n in range(1200)]
    path = write(tmp_path, "\n".join(["box,action,comment", *lines]))
    assert apply_decisions_csv(project, path, "Ana").applied == 1200
    reviewer = Reviewer(project, "Ana")
    undone = reviewer.undo()
    assert undone is not None
    assert (undone.decision, len(undone.events)) == (Action.COMMENT, 1)
    assert project.boxes.by_id(1 + 1199 % 6).comment == "n1193"


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(content=st.binary(max_size=300))
def test_whatever_the_bytes_are_every_failure_is_a_sentence(
    project: Project, boxes: list[int], tmp_path: Path, content: bytes
) -> None:
    path = write(tmp_path, b"box,action,label,reason\n" + content + b"\n1,accept,,\n")
    report = apply_decisions_csv(project, path, "Ana")
    assert (
        report.applied + report.already >= 1
    )  # the good row at the end, whatever stands before it
    assert all("\n" not in failure.sentence for failure in report.failed)


def rows_of(*lines: str) -> str:
    return "\n".join(["box,action,label,cx,cy,side,reason,comment", *lines, ""])


@pytest.mark.parametrize(
    ("corners", "square"),
    [
        ("100.5,90,160.5,150", Square(130.5, 120, 60)),
        ("100,90,160,130", Square(130, 110, 60)),  # of a rectangle the square around it
    ],
)
def test_an_adjust_by_the_corners_of_an_exported_table(
    project: Project, boxes: list[int], tmp_path: Path, corners: str, square: Square
) -> None:
    head = "box,image,file,frame,x0,y0,x1,y1,label,state,action\n"
    row = f"1,1,a.jpg,raw,{corners},melanocyticnevus,undecided,adjust\n"
    path = write(tmp_path, head + row)
    assert apply_decisions_csv(project, path, "Ana").failed == []
    box = project.boxes.by_id(1)
    assert (box.square, box.state) == (square, BoxState.ADJUSTED)
    assert apply_decisions_csv(project, path, "Ana").already == 1
    moved = head + row.replace(corners, "10,10,50,50")
    assert apply_decisions_csv(project, write(tmp_path, moved), "Ana").applied == 1


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("1,adjust,raw,10,20,x,40", "number as x1"),
        ("1,adjust,raw,10,20,,40", "number as x1"),
        ("1,adjust,exif,10,20,30,40", "raw frame, not in 'exif'"),
        ("1,adjust,raw,30,20,10,40", "x0 below x1"),
    ],
)
def test_corners_that_are_none(
    project: Project, boxes: list[int], tmp_path: Path, row: str, says: str
) -> None:
    path = write(tmp_path, f"box,action,frame,x0,y0,x1,y1\n{row}\n")
    (failure,) = apply_decisions_csv(project, path, "Ana").failed
    assert says in failure.sentence


def test_rows_that_contradict_each_other_are_named(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        rows_of(
            "1,accept,,,,,,",
            "1,reject,,,,,,",
            "2,relabel,melanocyticnevus,,,,,",
            "2,adjust,,100,100,30,,",
            "2,accept,,,,,,",
            "2,comment,,,,,,seen",
            "3,relabel,melanocyticnevus,,,,,",
            "3,relabel,malignantmelanoma,,,,,",
            "4,adjust,,100,100,30,,",
            "4,adjust,,100,100,50,,",
            "5,reject,,,,,blur,",
            "5,reject,,,,,,",
        ),
    )
    report = apply_decisions_csv(project, path, "Ana")
    assert report.failed == []
    assert [one.row for one in report.contradictions] == [3, 9, 11]
    assert report.contradictions[0].sentence == (
        "Row 2 says something else of box 1; this row holds."
    )
    assert project.boxes.by_id(1).state is BoxState.REJECTED


EVERYTHING = (
    "1,reject,,,,,blur,",
    "1,accept,,,,,,",  # the same box twice: the second row holds
    "2,comment,,,,,,first",
    "2,comment,,,,,,second",
    "2,comment,,,,,,first",  # said before, and meant again
    "3,adjust,,120.5,130,60,,",
    "4,unsure,,,,,,look again",
    "5,relabel,malignantmelanoma,,,,,",
    "6,fly,,,,,,",
)


def test_a_table_given_twice_applies_nothing_twice(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    path = write(tmp_path, rows_of(*EVERYTHING))
    first = apply_decisions_csv(project, path, "Ana")
    assert (first.applied, first.already, len(first.failed)) == (8, 0, 1)
    states = project.boxes.by_ids(boxes)
    assert [box.comment for box in states][:2] == [None, "first"]
    events = project.events.last_id()
    second = apply_decisions_csv(project, path, "Ana")
    assert (second.applied, second.already, len(second.failed)) == (0, 8, 1)
    assert project.events.last_id() == events
    assert project.boxes.by_ids(boxes) == states
    # Longer, in another order, with other columns and written otherwise: only the new row counts.
    longer = ["action;box;reason;file", "ACCEPT;1;;a.jpg", "reject;1;blur;a.jpg", "accept;6;;b.jpg"]
    third = apply_decisions_csv(project, write(tmp_path, "\n".join(longer)), "Ana")
    assert (third.applied, third.already) == (1, 2)
    assert project.boxes.by_id(1).state is BoxState.ACCEPTED


def test_a_table_given_again_overturns_no_later_decision_unless_asked(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    path = write(tmp_path, rows_of("1,accept,,,,,,", "2,accept,,,,,,"))
    apply_decisions_csv(project, path, "Ana")
    Reviewer(project, "Ana").reject(1, "face")
    assert apply_decisions_csv(project, path, "Ana").applied == 0
    assert project.boxes.by_id(1).state is BoxState.REJECTED
    again = apply_decisions_csv(project, path, "Ana", again=True)
    assert (again.applied, again.already) == (2, 0)
    assert project.boxes.by_id(1).state is BoxState.ACCEPTED


def test_what_was_undone_or_decided_by_another_is_applied(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    path = write(tmp_path, rows_of("1,accept,,,,,,"))
    apply_decisions_csv(project, path, "Ana")
    Reviewer(project, "Ana").undo()
    assert apply_decisions_csv(project, path, "Ana").applied == 1
    # A second reader who agrees has decided, too: the agreement of readers is computed from it.
    assert apply_decisions_csv(project, path, "Ben").applied == 1
    assert apply_decisions_csv(project, path, "Ben").applied == 0
    # What was decided by hand is not decided by a table once more.
    Reviewer(project, "Ana").accept(2)
    assert (
        apply_decisions_csv(project, write(tmp_path, rows_of("2,accept,,,,,,")), "Ana").applied == 0
    )


def test_a_table_of_a_european_spreadsheet(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    text = 'sep=;\r\nbox;action;cx;cy;side;comment\r\n1;adjust;200,5;150,25;90,5;"two\r\nlines"\r\n'
    for encoding in ("utf-8-sig", "utf-16"):
        path = write(tmp_path, text.encode(encoding))
        report = apply_decisions_csv(project, path, f"Ana {encoding}")
        assert (report.applied, report.failed) == (1, [])
        square = project.boxes.by_id(1).square
        assert (square.cx, square.cy, square.side) == (200.5, 150.25, 90.5)


def test_a_table_in_an_old_encoding(project: Project, boxes: list[int], tmp_path: Path) -> None:
    path = write(tmp_path, "box,action,comment\n1,unsure,Größe – unklar\n".encode("cp1252"))
    assert apply_decisions_csv(project, path, "Ana").applied == 1
    assert project.boxes.by_id(1).comment == "Größe – unklar"


def test_a_decimal_comma_makes_no_other_row(
    project: Project, boxes: list[int], tmp_path: Path
) -> None:
    point = write(tmp_path, "box,action,cx,cy,side\n1,adjust,200.5,150.25,90.5\n")
    assert apply_decisions_csv(project, point, "Ana").applied == 1
    comma = write(tmp_path, "box;action;cx;cy;side\n1;adjust;200,5;150,25;90,5\n")
    report = apply_decisions_csv(project, comma, "Ana")
    assert (report.applied, report.already) == (0, 1)
