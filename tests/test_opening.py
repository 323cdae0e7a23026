"""What a path may name: each kind is refused in a sentence, quickly, and without harm."""

import json
import math
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from studio import opening
from studio.opening import FileProblem, FileRefused

POSIX = pytest.mark.skipif(os.name != "posix", reason="FIFOs and devices of POSIX")
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="files of Linux's kernel")


def refusal(path: Path, **limits: Any) -> FileRefused:
    began = time.monotonic()
    with pytest.raises(FileRefused) as caught:
        opening.read_bytes(path, **limits)
    assert time.monotonic() - began < 2
    return caught.value


@POSIX
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "socket"))
    server.close()
    kinds = {"pipe": "a pipe", "zero": "a device", "socket": "a socket", ".": "a folder"}
    for name, words in kinds.items():
        found = refusal(tmp_path / name)
        assert found.problem is FileProblem.NOT_FILE
        assert words in str(found)
    assert refusal(Path("/dev/tty")).problem is FileProblem.NOT_FILE
    assert refusal(tmp_path / "loop").problem is FileProblem.LINK
    assert refusal(tmp_path / "none").problem is FileProblem.MISSING
    assert refusal(tmp_path / "a\0b").problem is FileProblem.BAD_NAME
    assert refusal(tmp_path / ("a" * 300)).problem is FileProblem.BAD_NAME


@LINUX
@pytest.mark.parametrize(
    "name", ["/proc/self/mem", "/proc/kmsg", "/proc/cpuinfo", "/sys/kernel/mm"]
)
def test_files_of_the_kernel_are_refused(name: str) -> None:
    assert refusal(Path(name)).problem is FileProblem.NOT_FILE


@POSIX
def test_links_are_followed_only_where_they_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert opening.read_bytes(tmp_path / "link") == b"content"
    assert refusal(tmp_path / "link", follow_links=False).problem is FileProblem.LINK


def test_sizes_are_limited_also_while_a_file_grows(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert opening.read_bytes(path, 5) == b"12345"
    assert refusal(path, max_bytes=4).problem is FileProblem.TOO_BIG
    with opening.open_regular(path, max_bytes=5) as file:
        path.write_bytes(b"1234567890")
        with pytest.raises(FileRefused, match="larger"):
            opening.read_rest(file, path, 5)


def test_a_slow_disk_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    monkeypatch.setattr(opening, "MAX_SECONDS", -1.0)
    assert refusal(tmp_path / "a").problem is FileProblem.TOO_SLOW


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Expecting value"),
        (b'{"a":', "Expecting value in line 1, column 6"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 50_000, "nested too deeply"),
        (b"\xff\xfe\x00", "not text|Expecting"),
        (b"[" + b"1," * 100 + b"1]", "more than 50 values"),
    ],
)
def test_json_that_cannot_be_read_is_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "a.json").write_bytes(content)
    limit = 50 if b"1,1" in content else opening.MAX_VALUES
    with pytest.raises(FileRefused, match=said) as caught:
        opening.read_json(tmp_path / "a.json", max_values=limit)
    assert "a.json is not valid JSON" in str(caught.value)


def test_json_is_read_as_it_is(tmp_path: Path) -> None:
    content = {"a": [1, 2.5, None, "9" * 400, "\udcff"], "b": 10**299}
    (tmp_path / "a.json").write_text(json.dumps(content))
    assert opening.read_json(tmp_path / "a.json") == content


@pytest.mark.parametrize("number", ["9" * 301, "9" * 5000, "0." + "1" * 100_000, "1e999"])
def test_a_number_without_end_is_an_infinity(number: str) -> None:
    """Only what needs the number is refused, and the rest of the file is kept."""
    found = opening.parse_json(f'[{{"a": {number}, "b": -{number}}}, 3, "{number}"]')
    assert found == [{"a": math.inf, "b": -math.inf}, 3, number]


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3), (3.7, 3), (True, 7), ("3", 7), (None, 7), (float("inf"), 7), (float("nan"), 7)],
)
def test_numbers_from_outside(value: Any, number: int) -> None:
    assert opening.as_int(value, 7) == number


@pytest.mark.parametrize(
    ("value", "number"),
    [(3, 3.0), (-0.5, -0.5), (1e299, 1e299), *[(one, None) for one in (True, "3", None, [1])]]
    + [(one, None) for one in (math.inf, -math.inf, math.nan, 10**400, -1e300)],
)
def test_finite_numbers_from_outside(value: Any, number: float | None) -> None:
    """Two of the largest that are let through still have a sum."""
    assert opening.finite(value) == number
    assert number is None or math.isfinite(2 * number)


def test_names_in_sentences_are_plain_and_short() -> None:
    assert opening.shown_path("a\x1b[2J\n/b") == "a�[2J�/b"
    assert len(opening.shown_path("x" * 5000)) < 210
