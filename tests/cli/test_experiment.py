"""Experiments from the command line."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image
from sklearn.metrics import roc_auc_score

from studio.cli.__main__ import main
from studio.cli.commands.experiment import print_neighbours
from studio.compute.weights import offline_file
from studio.results.scores import read_scores


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


PLAN = """
positive = "melanoma"
baseline = "one"
models = ["test_efficientnet"]
validation = 0
[mixes]
one = ["one"]
both = ["one", "near"]
[tests]
near = "near"
far = "far"
nevi = "nevi"
[settings]
epochs = 1
size = 32
batch = 8
weights = "none"
threads = 1
"""


@pytest.fixture
def shared_plan(tmp_path: Path, photo: Callable[..., Path]) -> Path:
    """Two mixes, of which one holds a test set and shares an image with another; the third test
    set has one class only."""
    for first, name in enumerate(("one", "near", "far", "nevi")):
        for number in range(10):
            for k, label in enumerate(("melanoma", "nevus")):
                if (name, label) != ("nevi", "melanoma"):
                    seed = 1000 * first + 2 * number + k
                    photo(tmp_path / name / label / f"{name}{number}.png", seed, (64, 64))
    shutil.copy(tmp_path / "near/nevus/near0.png", tmp_path / "far/nevus/copied.png")
    path = tmp_path / "plan.toml"
    path.write_text(PLAN, encoding="utf-8")
    return path


def test_a_plan_is_run_and_its_table_is_written(shared_plan: Path, run) -> None:
    out, folder = shared_plan.parent / "experiment", shared_plan.parent
    said = run("experiment", "run", shared_plan, "--out", out, "--json")
    assert said.code == 0, said.err
    document = said.document
    assert (document["state"], document["trainings"], document["finished"]) == ("finished", 2, 2)
    assert set(document["parts"]) == {"preparation", "training", "evaluation", "closing"}
    assert "(1 in both): the table gives its AUCs without them too" in said.err
    assert run("experiment", "run", shared_plan, "--out", out).code == 2
    again = run("experiment", "run", shared_plan, "--out", out, "--resume")
    assert (again.code, "2 of 2 trainings" in again.out) == (0, True)

    told = run("experiment", "table", out, "--format", "json").document
    cells = {(one["mix"], one["test"]): one for one in told["cells"]}
    assert (told["trainings"], len(cells)) == (2, 6)
    path = out / "trainings/one.test_efficientnet.s0/scores/test_far.csv"
    assert path.read_text(encoding="utf-8").startswith("file,label,score")
    scores = read_scores(path, "melanoma")
    expected = roc_auc_score(scores.flags("melanoma"), scores.scores("melanoma"))
    cell = cells["one", "far"]
    assert cell["auc"] == pytest.approx(expected, abs=1e-12)
    assert (cell["repeats"], cell["n_pos"], cell["n_neg"], cell["leaking"]) == (1, 10, 11, 0)
    assert (cells["both", "far"]["leaking"], cells["both", "near"]["leaking"]) == (1, 0)
    assert cells["both", "far"]["without_leaking"]["n"] == 20
    assert (cells["one", "nevi"]["auc"], cells["one", "nevi"]["n_pos"]) == (None, 0)
    assert {one["test"] for one in told["comparisons"]} >= {"near", "far", None}

    said = run("experiment", "table", out, "--roc", folder / "roc")
    assert said.code == 0, said.err
    assert "undefined" in said.out
    book = load_workbook(folder / "roc/one/far/roc_melanoma.xlsx")
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0] == ("dx", "pred", "id")
    assert len(rows) == 22
    dx, pred = [row[0] for row in rows[1:]], [row[1] for row in rows[1:]]
    assert roc_auc_score(dx, pred) == pytest.approx(expected, abs=1e-12)
    script = (folder / "roc/roc.R").read_text(encoding="utf-8")
    assert 'levels = c(0, 1), direction = "<"' in script
    assert run("experiment", "table", out, "--roc", folder / "roc").code == 2
    path = folder / "written.json"
    assert run("experiment", "table", out, "--format", "json", "--out", path).code == 0
    assert json.loads((folder / "written.json").read_text("utf-8")) == told
    assert run("experiment", "table", out, "--format", "csv", "--out", path).code == 2


def test_pROC_reads_the_script(shared_plan: Path, run) -> None:  # noqa: N802
    if shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    found = subprocess.run(
        ["Rscript", "-e", "library(pROC); library(readxl)"], capture_output=True, check=False
    )
    if found.returncode:
        pytest.skip("R has no pROC or readxl")
    out = shared_plan.parent / "experiment"
    assert run("experiment", "run", shared_plan, "--out", out).code == 0
    assert run("experiment", "table", out, "--roc", shared_plan.parent / "roc").code == 0
    folder = shared_plan.parent / "roc"
    said = subprocess.run(
        ["Rscript", "roc.R"], cwd=folder, capture_output=True, text=True, check=True
    ).stdout
    cells = run("experiment", "table", out, "--json").document["cells"]
    wanted = next(one["auc"] for one in cells if (one["mix"], one["test"]) == ("one", "far"))
    assert f"one/far/roc_melanoma.xlsx AUC {wanted:.6f}" in said


def test_leakage_of_a_plan(shared_plan: Path, run) -> None:
    said = run("experiment", "leakage", shared_plan, "--json")
    assert said.code == 1
    found = {(one["mix"], one["test"]): one["test_images"] for one in said.document["checks"]}
    assert found == {
        ("one", "near"): 0, ("one", "far"): 0, ("one", "nevi"): 0,
        ("both", "near"): 0, ("both", "far"): 1, ("both", "nevi"): 0,
    }  # fmt: skip
    (pair,) = [one for one in said.document["pairs"] if one["kind"] == "same_bytes"]
    assert pair["test"].endswith("far/nevus/copied.png")
    said = run("experiment", "leakage", shared_plan)
    assert "same bytes" in said.out
    assert "(1 in both)" in said.out
    (shared_plan.parent / "far/nevus/copied.png").unlink()
    assert run("experiment", "leakage", shared_plan).code == 0


def test_nearest_neighbours_show_a_copy_that_was_turned_freely(
    tmp_path: Path,
    run,
    mole: Callable[..., Image.Image],
    capsys: pytest.CaptureFixture[str],
) -> None:
    if offline_file() is None:
        pytest.skip("needs the extra weights")
    seeds = iter(range(100))
    for folder in ("trained", "far"):
        for label in ("melanoma", "nevus", "nevus"):
            seed = next(seeds)
            path = tmp_path / folder / label / f"{seed}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            mole(seed, 128, seed).save(path)
    shutil.copy(tmp_path / "trained/melanoma/0.png", tmp_path / "far/melanoma/copied.png")
    turned = mole(2, 128, 2).rotate(15, Image.Resampling.BICUBIC)
    turned.save(tmp_path / "far/nevus/turned.png")
    (tmp_path / "plan.toml").write_text(
        'positive = "melanoma"\n[mixes]\nclinic = ["trained"]\n[tests]\nfar = "far"\n', "utf-8"
    )
    asked = ("experiment", "leakage", tmp_path / "plan.toml", "--neighbours", 5, "--json")
    said = run(*asked)
    assert said.code == 1  # of the copy that the check of pixels finds
    (found,) = said.document["neighbours"]
    assert (found["mix"], found["test"]) == ("clinic", "far")
    pairs = {Path(one["test"]).name: Path(one["train"]).name for one in found["pairs"]}
    assert pairs["turned.png"] == "2.png"
    assert set(pairs) == {"3.png", "4.png", "5.png", "turned.png"}  # what is found already is not
    similarities = [one["similarity"] for one in found["pairs"]]
    assert similarities == sorted(similarities, reverse=True)
    capsys.readouterr()
    print_neighbours([found])
    assert "Nearest to far in clinic, to be looked at" in capsys.readouterr().out
