"""`can-studio cross-validate` in small."""

from collections.abc import Callable
from pathlib import Path

SMALL = (
    "--model", "test_efficientnet", "--weights", "none", "--epochs", "1", "--size", "32",
    "--batch", "8", "--threads", "1",
)  # fmt: skip


def test_three_classes_are_judged_and_told_again(
    tmp_path: Path, run, photo: Callable[..., Path]
) -> None:
    for number in range(18):
        label = ("nevus", "melanoma", "keratosis")[number % 3]
        photo(tmp_path / "sets" / label / f"{number}.png", number, (48, 48))
    (tmp_path / "sets" / "groups.csv").write_text(
        "file,patient_id,site\n"
        + "".join(f"{n}.png,P{n // 3},{('arm', 'leg')[n // 9]}\n" for n in range(18)),
        encoding="utf-8",
    )
    out = tmp_path / "cv"
    said = run("cross-validate", tmp_path / "sets", "--out", out, "--folds", "2", *SMALL)
    assert said.code == 0, said.err
    assert "18 images in 6 groups, each scored by the run of the other 1 of 2 parts." in said.out
    assert "Macro AUC, the mean over classes: 0." in said.out
    assert "within each fold" in said.out
    assert "By site" in said.out
    again = run("cross-validate", "--out", out, "--resume", "--json")
    assert again.code == 0
    assert again.document["state"] == "finished"
    assert again.document["scores"] == str(out / "scores.csv")
    assert set(again.document["subgroups"]["site"]["values"]) == {"arm", "leg"}
    twice = run("cross-validate", tmp_path / "sets", "--out", out, *SMALL)
    assert (twice.code, "already holds a run" in twice.err) == (2, True)
    changed = run("cross-validate", "--out", out, "--resume", "--epochs", "2")
    assert (changed.code, "--epochs" in changed.err) == (2, True)
    nothing = run("cross-validate", "--out", tmp_path / "other")
    assert (nothing.code, "Say which images" in nothing.err) == (2, True)
    (tmp_path / "sets" / "nevus" / "half.png").write_bytes(
        (tmp_path / "sets" / "nevus" / "0.png").read_bytes()[:200]
    )
    half = run(
        "cross-validate", tmp_path / "sets", "--out", tmp_path / "half", "--folds", 2, *SMALL
    )
    assert half.code == 1, half.err
    assert "1 image could not be read and has no score." in half.out
    other = run("cross-validate", "--out", out / "trainings" / "fold-1", "--resume")
    assert (other.code, "not “cross-validation”" in " ".join(other.err.split())) == (2, True)
