"""Experiments from the command line."""

from pathlib import Path


def test_a_preset_is_written_and_shown(tmp_path: Path, run) -> None:
    for name in ("snu", "med-node", "gan2000"):
        (tmp_path / "sets" / name).mkdir(parents=True)
    plan = tmp_path / "plan.toml"
    said = run("experiment", "plan", plan, "--preset", "paper", "--data", tmp_path / "sets")
    assert said.code == 0, said.err
    assert "Edinburgh is not there (as edinburgh or dermofit or edinburgh-dermofit)" in said.err
    assert "100 trainings in place of 120" in said.out
    assert "the preset has 940 trainings" in said.out
    assert "# Missing: Edinburgh" in plan.read_text(encoding="utf-8")
    document = run("experiment", "plan", plan, "--json").document
    assert (document["trainings"], document["trainings_unshared"]) == (100, 120)
    assert list(document["mixes"]) == ["public", "public + GAN2000", "GAN2000"]
    again = run("experiment", "plan", plan, "--preset", "paper", "--data", tmp_path / "sets")
    assert again.code == 2
    assert "is there already" in again.err
