"""`events.jsonl`: what is said is read back, whatever cut the file short."""

import json
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.jobs.event_models import plain
from studio.jobs.events import EVENTS_FILE, TAIL, EventWriter, parse, read_ends, read_events

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_offset_goes_on_where_the_last_read_ended(tmp_path: Path) -> None:
    with EventWriter(tmp_path) as writer:
        writer.write("started", {})
        first, offset = read_events(tmp_path)
        assert [event["event"] for event in first] == ["started"]
        assert read_events(tmp_path, offset) == ([], offset)
        writer.write("progress", {"done": 1})
    later, end = read_events(tmp_path, offset)
    assert [event["event"] for event in later] == ["progress"]
    assert end == (tmp_path / EVENTS_FILE).stat().st_size


def test_a_line_counts_only_when_its_newline_is_there(tmp_path: Path) -> None:
    path = tmp_path / EVENTS_FILE
    path.write_bytes(b'{"t":"x","event":"started"}\n{"t":"x","event":"prog')
    events, offset = read_events(tmp_path)
    assert [event["event"] for event in events] == ["started"]
    with path.open("ab") as file:
        file.write(b'ress"}\n')
    assert [event["event"] for event in read_events(tmp_path, offset)[0]] == ["progress"]


def test_a_writer_ends_a_cut_line_before_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / EVENTS_FILE).write_bytes(b'{"t":"x","event":"started"}\n{"t":"x","ev')
    with EventWriter(tmp_path) as writer:
        writer.write("started", {"resumed": True})
    events, _ = read_events(tmp_path)
    assert [event.get("resumed") for event in events] == [None, True]


def test_an_offset_past_the_end_starts_over(tmp_path: Path) -> None:
    with EventWriter(tmp_path) as writer:
        writer.write("started", {})
    assert len(read_events(tmp_path, 10_000)[0]) == 1
    assert read_events(tmp_path / "nothing", 7) == ([], 0)


def test_ends_of_a_long_history_are_read_without_the_middle(tmp_path: Path) -> None:
    with EventWriter(tmp_path) as writer:
        writer.write("started", {"first": True})
        for count in range(3000):
            writer.write("step", {"count": count})
        writer.write("finished", {})
    first, tail = read_ends(tmp_path)
    assert first is not None
    assert first["first"] is True
    assert tail[-1][1]["event"] == "finished"
    assert len(tail) < 3000
    data = (tmp_path / EVENTS_FILE).read_bytes()
    assert len(data) > TAIL
    for offset, event in tail[:3]:
        assert json.loads(data[offset:].split(b"\n", 1)[0]) == event


def test_a_last_line_longer_than_the_tail_is_read(tmp_path: Path) -> None:
    with EventWriter(tmp_path) as writer:
        writer.write("started", {})
        writer.write("finished", {"result": "x" * 2 * TAIL})
    first, tail = read_ends(tmp_path)
    assert first is not None
    assert [event["event"] for _, event in tail] == ["started", "finished"]


def test_numbers_that_json_lacks_become_null() -> None:
    written = plain({"auc": float("nan"), "n": np.int64(3), "rows": np.array([1.0, np.inf])})
    assert written == {"auc": None, "n": 3, "rows": [1.0, None]}


@given(values)
def test_whatever_is_said_is_one_strict_json_line(tmp_path_factory, value) -> None:
    folder = tmp_path_factory.mktemp("run")
    with EventWriter(folder) as writer:
        written = writer.write("log", {"value": value})
    assert read_events(folder)[0] == [written]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    assert all(isinstance(event["event"], str) for event in parse(data))
