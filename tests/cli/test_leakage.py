"""`can-studio leakage`: what is found, and that a verdict counts for the next command."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from studio.datasets.leakage import JUDGED, KIND_WORDS, KINDS

Run = Callable[..., object]


@pytest.fixture
def sets(tmp_path: Path, mole: Callable[..., Image.Image], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CAN_STUDIO_CONFIG", str(tmp_path / "config"))
    for number in range(4):
        for name in ("train", "test"):
            folder = tmp_path / name / ("a", "b")[number % 2]
            folder.mkdir(parents=True, exist_ok=True)
            mole(number + 50 * (name == "test")).save(folder / f"{number}.png")
    mirrored = mole(1).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    mirrored.save(tmp_path / "test/b/1.png")
    return tmp_path


def test_a_check_a_verdict_and_a_check(sets: Path, run) -> None:
    words = ("leakage", "check", "--train", sets / "train", "--test", sets / "test")
    said = run(*words)
    assert said.code == 1
    assert "1 of 4 test images are also in the training set: 1 as the same picture" in said.out
    assert "near-duplicates" in said.out  # and not its code
    assert "(mirrored)" in said.out
    pair = (sets / "train/b/1.png", sets / "test/b/1.png")
    said = run("leakage", "judge", *pair, "different", "--reviewer", "Ana", "--json")
    assert (said.code, said.document["verdict"], said.document["reviewer"]) == (
        0,
        "different",
        "Ana",
    )
    said = run(*words, "--json")
    assert (said.code, said.document["clean"], said.document["different"]) == (0, True, 1)
    assert said.document["pairs"][0]["verdict"]["reviewer"] == "Ana"
    # An error of judgement is put right the same way.
    run("leakage", "judge", *pair, "same", "--reviewer", "Ben")
    assert run(*words).code == 1


def test_what_cannot_be_judged_is_said(sets: Path, run) -> None:
    one = sets / "train/a/0.png"
    copy = Path(shutil.copy(one, sets / "copy.png"))
    for words, sentence in (
        ((one, copy, "same"), "the same bytes"),
        ((one, sets / "test/a/0.png", "perhaps"), "same or different"),
        ((one, sets / "lost.png", "same"), "lost.png"),
        ((one, sets / "test/a/0.png", "same", "--project", sets), "no project"),
    ):
        said = run("leakage", "judge", *words, "--reviewer", "Ana")
        assert said.code == 2
        assert sentence in said.err


def test_what_could_not_be_looked_at_is_said(sets: Path, run) -> None:
    """A cut file is compared by its bytes alone, so that the check is not certified clean."""
    (sets / "test/b/1.png").unlink()
    whole = (sets / "test/a/0.png").read_bytes()
    (sets / "test/a/cut.png").write_bytes(whole[: len(whole) // 2])
    (sets / "test/a/notes.txt").write_text("of last week", encoding="utf-8")
    said = run("leakage", "check", "--train", sets / "train", "--test", sets / "test", "--json")
    assert (said.code, said.document["clean"]) == (1, False)
    assert (said.document["unchecked"], said.document["damaged"]) == (1, 1)
    (sentence,) = said.document["unreadable"]
    assert sentence == "cut.png does not decode: only its bytes were compared."
    assert sentence in said.err
    assert "notes.txt is not a readable image" in said.err
    said = run("leakage", "check", "--train", sets / "train", "--test", sets / "test")
    told = " ".join(said.out.split())
    assert "1 image does not decode, so only the bytes were compared for leakage." in told
    assert "repeat it" not in told


def test_each_kind_of_pair_has_words() -> None:
    assert set(KIND_WORDS) == {*KINDS, *JUDGED}
    assert not [word for word in KIND_WORDS.values() if "_" in word]
