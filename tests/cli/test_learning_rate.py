"""`can-studio learning-rate` in small."""

import csv
from collections.abc import Callable
from pathlib import Path


def test_the_curve_is_printed_and_kept(tmp_path: Path, run, photo: Callable[..., Path]) -> None:
    for number in range(12):
        label = ("nevus", "melanoma")[number % 2]
        photo(tmp_path / "sets" / label / f"{number}.png", number, (48, 48))
    out = tmp_path / "curve.csv"
    small = ("--model", "test_efficientnet", "--weights", "none", "--size", "32", "--batch", "8")
    words = ("learning-rate", tmp_path / "sets", "--steps", 25, *small, "--threads", "1")
    said = run(*words, "--out", out)
    assert said.code == 0, said.err
    assert "Smoothed loss by learning rate" in said.out
    assert "Suggested: --learning-rate" in said.out or "falls at no rate" in said.out
    rows = list(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))
    assert list(rows[0]) == ["step", "learning_rate", "loss", "smoothed"]
    assert (rows[0]["step"], float(rows[0]["learning_rate"])) == ("1", 1e-6)
    document = run(*words, "--json").document
    assert len(document["curve"]) == len(rows)
    assert (run(*words, "--out", out).code, run("learning-rate").code) == (2, 2)
    assert "no such option" in run(*words, "--epochs", "3").err.lower()
