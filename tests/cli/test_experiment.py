"""Experiments from the command line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from studio.cli.__main__ import main


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


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, photo: Callable[..., Path]) -> Path:
    """A small experiment that was run by the command: two mixes on two test sets."""
    folder = tmp_path_factory.mktemp("experiment")
    for place, name in enumerate(("clinic", "archive", "near", "far")):
        for number in range(16):
            label = ("nevus", "melanoma")[number % 2]
            photo(folder / name / label / f"{name}{number}.png", 100 * place + number, (48, 48))
    plan = folder / "plan.toml"
    plan.write_text(
        'positive = "melanoma"\nbaseline = "clinic"\nmodels = ["test_efficientnet"]\n'
        '[mixes]\nclinic = ["clinic"]\nboth = ["clinic", "archive"]\n'
        '[tests]\nnear = "near"\nfar = "far"\n'
        '[settings]\nweights = "none"\nepochs = 1\nsize = 32\nbatch = 8\nthreads = 1\n',
        encoding="utf-8",
    )
    out = folder / "out"
    assert main(["experiment", "run", str(plan), "--out", str(out)]) == 0
    return out


def test_the_table_is_printed_with_its_verdict(finished: Path, run) -> None:
    said = run("experiment", "table", finished)
    assert said.code == 0
    told = " ".join(said.out.split())
    assert "both has a higher mean AUC than clinic on" in told
    assert "with 2 of them the exact test cannot give less than p = 0.500" in told


@pytest.mark.parametrize("form", ["text", "json", "csv", "latex", "xlsx"])
def test_every_form_of_the_table_names_every_mix(
    finished: Path, tmp_path: Path, form: str, run
) -> None:
    out = tmp_path / f"table.{form}"
    said = run("experiment", "table", finished, "--format", form, "--out", out)
    assert said.code == 0
    if form == "xlsx":
        sheet = load_workbook(out)["test_efficientnet"]
        assert [row[0].value for row in sheet.iter_rows()] == ["Training", "clinic", "both"]
        return
    text = out.read_text("utf-8")
    assert all(name in text for name in ("clinic", "both", "near", "far"))
    if form == "json":
        document = json.loads(text)
        assert (document["trainings"], len(document["cells"])) == (2, 4)
        assert document["cells"][0].keys() >= {
            "mix", "test", "model", "repeats", "auc_mean", "auc_sd", "auc", "auc_low", "auc_high",
            "n_pos", "n_neg",
        }  # fmt: skip
        assert document["comparisons"][0].keys() >= {
            "mix", "baseline", "test", "difference", "low", "high", "p", "method",
        }  # fmt: skip


def test_a_workbook_needs_a_file_and_a_table_an_experiment(
    finished: Path, tmp_path: Path, run
) -> None:
    said = run("experiment", "table", finished, "--format", "xlsx")
    assert (said.code, "--out FILE" in said.err) == (2, True)
    said = run("experiment", "table", tmp_path)
    assert (said.code, "holds no experiment" in said.err) == (2, True)
