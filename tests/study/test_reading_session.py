"""Answers: on the disk at once, resumed at the next picture, taken back, never changed at last."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import StudioError
from studio.study import ReadingSession, Study, StudyKey
from studio.study.answers import (
    LONGEST_MS,
    Answer,
    answers_path,
    rating_of,
    read_answer_log,
    read_answer_logs,
)
from studio.study.reading_order import make_blocks, reader_order

from .conftest import CLASSES


def test_each_reader_has_an_order_of_their_own_and_keeps_it(study: Study, key: StudyKey) -> None:
    orders = {name: reader_order(study.file, name) for name in ("Ana", "Ben", "Chen")}
    for order in orders.values():
        assert sorted(order) == sorted(study.file.pictures)
        for start in range(0, 40, 20):  # balanced in blocks
            assert sum(key.synthetic(token) for token in order[start : start + 20]) == 10
    assert len({tuple(order) for order in orders.values()}) == 3
    assert orders["Ana"] == reader_order(study.file, "Ana")


@given(st.integers(1, 40), st.text(max_size=4), st.integers(1, 12))
def test_blocks_partition_and_balance(per_kind: int, salt: str, size: int) -> None:
    kinds = {kind: [f"{kind}{n}" for n in range(per_kind)] for kind in ("real", "synthetic")}
    blocks = make_blocks(kinds, salt, size)
    assert sorted(t for block in blocks for t in block) == sorted(
        token for tokens in kinds.values() for token in tokens
    )
    for block in blocks:
        assert sum(token.startswith("real") for token in block) * 2 == len(block) <= 2 * size


def test_reading_goes_on_at_the_next_picture(study: Study) -> None:
    first = ReadingSession(study, "Ana")
    shown = [first.current]
    for rating in (1, 6, 3):
        first.answer(rating, ms=1200)
        shown.append(first.current)
    first.close()
    again = ReadingSession(study, " Ana ")
    assert again.answered == 3
    assert again.current == shown[-1]
    assert again.following(2) == again.order[4:6]
    assert [one.rating for one in again.log.answers.values()] == [1, 6, 3]
    assert again.log.last is not None
    assert (again.log.last.synthetic, again.log.last.confidence) == (False, 1)


def test_undo_goes_back_and_is_counted(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    assert reading.undo() is None
    token = reading.current
    reading.answer(1, 500)
    reading.answer(2, 500)
    reading.undo()
    assert reading.undo() == token
    assert reading.current == token
    reading.answer(6, 700)
    reading.close()
    log = read_answer_log(study, answers_path(study, "Ana"))
    assert token is not None
    assert log.answers[token].rating == 6
    assert log.corrected == 2


def test_a_finished_reader_changes_nothing(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    with pytest.raises(StudioError, match="40 of 40 pictures have no answer"):
        reading.finish()
    while reading.current is not None:
        reading.answer(4, 500)
    with pytest.raises(StudioError, match="answer already"):
        reading.answer(4, 500)
    reading.finish()
    with pytest.raises(StudioError, match="has finished"):
        reading.undo()
    reading.close()
    assert ReadingSession(study, "Ana").finished


def test_what_is_no_answer_is_refused(study: Study, asking: Study) -> None:
    reading = ReadingSession(study, "Ana")
    for rating in (0, 7):
        with pytest.raises(StudioError, match="1 to 6"):
            reading.answer(rating, 500)
    with pytest.raises(StudioError, match="needs a name"):
        ReadingSession(study, "  ")
    with pytest.raises(StudioError, match="printable"):
        ReadingSession(study, "a\nb")
    second = ReadingSession(asking, "Ana")
    with pytest.raises(StudioError, match="What is it"):
        second.answer(1, 500)
    assert second.answer(1, 500, {"diagnosis": CLASSES[0]}).others == {"diagnosis": CLASSES[0]}
    second.close()
    assert not answers_path(study, "Ana").exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "CON", "a/b\\c", "名前", "é" * 80, ".."])
def test_names_never_become_paths(study: Study, name: str) -> None:
    reading = ReadingSession(study, name)
    reading.answer(1, 500)
    reading.close()
    (path,) = study.answers_dir.iterdir()
    assert path.parent == study.answers_dir
    assert path.name.endswith(".jsonl")
    assert len(path.name) < 70
    assert read_answer_logs(study)[0][0].reader == name


def test_names_that_look_alike_have_files_of_their_own(study: Study) -> None:
    paths = {answers_path(study, name) for name in ("Ana", "ana", "Ana!", "Ana?", "A na")}
    assert len({str(path).lower() for path in paths}) == 5
    assert answers_path(study, "e\u0301") == answers_path(study, "é")


def test_damaged_lines_are_left_out_and_named(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    tokens = reading.order[:3]
    for _ in tokens:
        reading.answer(5, 900)
    reading.close()
    path = answers_path(study, "Ana")
    lines = path.read_bytes().split(b"\n")
    lines[2] = lines[2][:20]
    bad = [
        {"event": "answer", "token": "f" * 16, "rating": 1, "ms": 5},
        {"event": "answer", "token": tokens[0], "rating": 9, "ms": 5},
        {"event": "answer", "token": tokens[0], "rating": True, "ms": 5},
        {"event": "answer", "token": tokens[0], "rating": 1, "ms": float("nan")},
        {"event": "undo", "token": "f" * 16},
        {"event": "jump"},
        [1],
    ]
    lines[4:] = [json.dumps(one).encode() for one in bad] + [b'{"event": "answer", "tok']
    path.write_bytes(b"\n".join(lines))
    log = read_answer_log(study, path)
    assert list(log.answers) == [tokens[0], tokens[2]]
    assert len(log.problems) == 9
    assert "Line 3 of" in log.problems[0]
    assert "not in this study" in log.problems[1]
    again = ReadingSession(study, "Ana")  # goes on, and ends the cut line first
    assert again.current == tokens[1]
    again.answer(2, 800)
    again.close()
    assert len(read_answer_log(study, path).answers) == 3


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading_of_a_log(tmp_path_factory, data: bytes) -> None:
    study = _some_study(tmp_path_factory)
    path = tmp_path_factory.mktemp("bytes") / "x.jsonl"
    path.write_bytes(data)
    with pytest.raises(StudioError, match="does not say who"):
        read_answer_log(study, path)


def _some_study(factory: pytest.TempPathFactory, known: list[Study] = []) -> Study:  # noqa: B006
    if not known:
        from studio.study import BuildPlan, build_study

        from .conftest import patch

        folder = factory.mktemp("some")
        patch(folder / "real" / "a.jpg", 1)
        patch(folder / "synthetic" / "a.png", 2)
        plan = BuildPlan(folder / "real", folder / "synthetic", folder / "study", size=32)
        report = build_study(plan)
        assert report is not None
        known.append(report.study)
    return known[0]


def test_copies_under_other_names_do_not_count(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    reading.answer(1, 500)
    reading.close()
    path = answers_path(study, "Ana")
    path.with_name("Zoe-0000000000.jsonl").write_bytes(path.read_bytes())
    path.with_name("nobody.jsonl").write_bytes(b"{}\n")
    logs, problems = read_answer_logs(study)
    assert [log.reader for log in logs] == ["Ana"]
    assert len(problems) == 2


def test_two_windows_of_one_reader_do_not_mix(study: Study) -> None:
    one, other = ReadingSession(study, "Ana"), ReadingSession(study, "Ana")
    one.answer(1, 500)
    with pytest.raises(StudioError, match="Another window"):
        other.answer(6, 500)
    assert len(read_answer_log(study, answers_path(study, "Ana")).answers) == 1
    one.close()
    other.close()


def test_after_another_window_one_goes_on_with_what_it_left(study: Study) -> None:
    one, other = ReadingSession(study, "Ana"), ReadingSession(study, "Ana")
    shown = other.current
    one.answer(1, 500)
    with pytest.raises(StudioError, match="go on with the picture that is shown now"):
        other.answer(6, 500)
    assert other.current == one.current != shown
    other.answer(6, 500)
    with pytest.raises(StudioError, match="Another window"):
        one.answer(2, 500)
    assert one.answered == 2
    one.answer(2, 500)
    assert [answer.rating for answer in one.log.answers.values()] == [1, 6, 2]
    one.close()
    other.close()


def test_who_looked_in_another_window_cannot_read(study: Study) -> None:
    one, other = ReadingSession(study, "Ana"), ReadingSession(study, "Ana")
    one.choose_result()
    for _ in range(2):
        with pytest.raises(StudioError, match=r"Another window|has seen the result"):
            other.answer(6, 500)
    assert read_answer_log(study, answers_path(study, "Ana")).answers == {}
    one.close()
    other.close()


def test_a_picture_left_open_overnight_is_answered(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    reading.answer(5, 3 * LONGEST_MS)
    reading.close()
    log = read_answer_log(study, answers_path(study, "Ana"))
    assert log.problems == []
    assert next(iter(log.answers.values())).ms == LONGEST_MS


def test_what_a_later_reading_would_refuse_is_not_written(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    token = reading.current
    assert token is not None
    with pytest.raises(StudioError, match="no number of milliseconds"):
        reading.answer_many([Answer(token, 5, 10 * LONGEST_MS)])
    reading.answer(5, 500)
    reading.close()
    log = read_answer_log(study, answers_path(study, "Ana"))
    assert (len(log.answers), log.problems) == (1, [])


@pytest.mark.parametrize("before", [0, 1])
def test_a_full_disk_leaves_the_file_as_it_was(
    study: Study, monkeypatch: pytest.MonkeyPatch, before: int
) -> None:
    reading, path = ReadingSession(study, "Ana"), answers_path(study, "Ana")
    for _ in range(before):
        reading.answer(5, 500)
    whole = path.read_bytes() if before else b""
    fsync = os.fsync

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StudioError, match="could not be saved"):
        reading.answer(2, 500)
    assert path.read_bytes() == whole
    monkeypatch.setattr(os, "fsync", fsync)
    reading.answer(2, 500)
    reading.close()
    log = read_answer_log(study, path)
    assert [one.rating for one in log.answers.values()] == [5, 2][1 - before :]
    assert log.problems == []


def test_a_killed_process_loses_no_answer(
    study: Study, child: Callable[..., "subprocess.Popen[str]"]
) -> None:
    """Every answer that was reported as given is there after SIGKILL."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from studio.study import ReadingSession as Reading, Study\n"
        "reading = Reading(Study.open(Path(sys.argv[1])), 'Ana')\n"
        "for n in range(25):\n"
        "    reading.answer(1 + n % 6, 500 + n)\n"
        "    sys.stdout.write(f'{reading.order[n]}\\n')\n"
        "    sys.stdout.flush()\n"
        "sys.stdin.read()\n"
    )
    process = child(
        [sys.executable, "-c", script, str(study.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(11)]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    kept = list(read_answer_log(study, answers_path(study, "Ana")).answers)
    assert kept[:11] == told


def test_ratings_are_answer_and_confidence() -> None:
    for rating in range(1, 7):
        one = Answer("f" * 16, rating, 1)
        kind = "synthetic" if one.synthetic else "real"
        assert rating_of(kind, one.confidence) == rating
    for kind, confidence in (("fake", 1), ("real", 0), ("real", 4)):
        with pytest.raises(StudioError):
            rating_of(kind, confidence)


def test_who_has_seen_the_result_cannot_read(study: Study) -> None:
    reading = ReadingSession(study, "Ana")
    reading.choose_result()
    reading.close()
    again = ReadingSession(study, "Ana")
    assert again.log.looked
    with pytest.raises(StudioError, match="has seen the result"):
        again.answer(1, 500)
    assert not read_answer_logs(study)[0][0].reading
    begun = ReadingSession(study, "Ben")
    begun.answer(1, 500)
    with pytest.raises(StudioError, match="finish first"):
        begun.choose_result()
    begun.close()


def test_a_picture_that_was_changed_is_not_shown(study: Study) -> None:
    token, other = sorted(study.file.pictures)[:2]
    assert study.checked_picture(token) == study.picture(token)
    study.picture(token).write_bytes(study.picture(other).read_bytes())
    with pytest.raises(StudioError, match="was changed"):
        study.checked_picture(token)
    study.picture(token).unlink()
    with pytest.raises(StudioError, match="cannot be read"):
        study.checked_picture(token)


@given(st.lists(st.one_of(st.integers(1, 6), st.just("undo"), st.just("reopen")), max_size=30))
def test_any_course_of_answers_and_corrections_reads_back_the_same(
    tmp_path_factory, course: list[int | str]
) -> None:
    """Against a plain list: what is answered, in which order, what comes next, what was undone."""
    tokens = [f"{number:016x}" for number in range(8)]
    more = {"pictures": dict.fromkeys(tokens, "0" * 64), "blocks": (tuple(tokens),)}
    file = _some_study(tmp_path_factory).file.model_copy(update=more)
    study = Study(tmp_path_factory.mktemp("course"), file)
    reading, answers, undone = ReadingSession(study, "Ana"), [], 0
    for step in course:
        if step == "reopen":
            reading.close()
            reading = ReadingSession(study, "Ana")
        elif step == "undo":
            assert reading.undo() == (reading.order[len(answers) - 1] if answers else None)
            undone += bool(answers)
            answers = answers[:-1]
        elif len(answers) < len(reading.order):
            reading.answer(int(step), 500)
            answers.append(step)
        assert [one.rating for one in reading.log.answers.values()] == answers
        assert reading.current == next(iter(reading.order[len(answers) :]), None)
        assert reading.log.corrected == undone
    reading.close()
