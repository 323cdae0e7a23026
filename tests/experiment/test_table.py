"""The table of an experiment against scikit-learn and scipy, and what is said of it."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from scipy.stats import wilcoxon
from sklearn.metrics import roc_auc_score

from studio import jobs
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder
from studio.experiment.table import BOOTSTRAP, WILCOXON, ExperimentTable, FinishedRun, make_table
from studio.experiment.table_files import csv_text, grid_rows, latex_text, xlsx_bytes
from studio.experiment.trainings import CellKey, list_trainings
from studio.experiment.verdict import verdict
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter

TESTS = ("north", "south", "east", "west")
MIXES = {"public": 0.8, "more": 1.6, "less_100%": 0.6}
SEEDS, IMAGES, MODEL = 3, 60, "efficientnet_lite0"
TRUTH = np.arange(IMAGES) % 3 == 0


def plan() -> ExperimentPlan:
    mixes = tuple(Mix(name, (MixFolder(Path("/", name)),)) for name in MIXES)
    tests = {name: Path("/sets", name) for name in TESTS}
    return ExperimentPlan(mixes, tests, "melanoma", "public", repeats=SEEDS)


def scores_of(mix: str, test: str, seed: int) -> np.ndarray:
    number = 100 * TESTS.index(test) + 10 * list(MIXES).index(mix) + seed
    skill = np.random.default_rng(TESTS.index(test)).normal(size=IMAGES)
    noise = np.random.default_rng(1000 + number).normal(0, 0.4, IMAGES)
    return (1 / (1 + np.exp(-(MIXES[mix] * TRUTH + skill + noise)))).round(9)


def write_run(folder: Path, mix: str, seed: int, tests: Sequence[str] = TESTS) -> Path:
    """A training as it leaves its folder, scored on the tests; files in another order by seed."""
    jobs.create(folder, JobSpec(kind="train", title=folder.name))
    (folder / "scores").mkdir()
    order = np.random.default_rng(seed).permutation(IMAGES)
    with EventWriter(folder) as say:
        say.write("plan", {"classes": ["melanoma", "nevus"], "positive": "melanoma"})
        for test in tests:
            path = folder / "scores" / f"test_{test}.csv"
            found = scores_of(mix, test, seed)
            with path.open("w", newline="", encoding="utf-8") as stream:
                rows = csv.writer(stream)
                rows.writerow(["file", "label", "score"])
                for i in order:
                    label = "melanoma" if TRUTH[i] else "nevus"
                    rows.writerow([f"/sets/{test}/{label}/{i}.jpg", label, found[i]])
            say.write("test", {"name": test, "n": IMAGES, "scores": f"scores/{path.name}"})
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[CellKey, list[FinishedRun]]:
    folder = tmp_path_factory.mktemp("experiment")
    found: dict[CellKey, list[FinishedRun]] = {}
    for training in list_trainings(plan()).trainings:
        run = FinishedRun(
            write_run(folder / training.name, training.mix, training.seed), training.seed
        )
        for test in training.tests:
            found.setdefault(CellKey(training.mix, test, MODEL), []).append(run)
    return found


@pytest.fixture(scope="module")
def table(runs: Mapping[CellKey, Sequence[FinishedRun]]) -> ExperimentTable:
    return make_table(plan(), runs, {}, 9, 9)


def expected(mix: str, test: str) -> list[float]:
    return [roc_auc_score(TRUTH, scores_of(mix, test, seed)) for seed in range(SEEDS)]


def test_cells_are_those_of_scikit_learn(table: ExperimentTable) -> None:
    assert len(table.cells) == len(MIXES) * len(TESTS)
    for cell in table.cells:
        aucs = expected(cell.mix, cell.test)
        assert cell.auc_mean == pytest.approx(np.mean(aucs), abs=1e-9)
        assert cell.auc_sd == pytest.approx(np.std(aucs, ddof=1), abs=1e-9)
        mean = np.mean([scores_of(cell.mix, cell.test, seed) for seed in range(SEEDS)], axis=0)
        assert cell.auc.value == pytest.approx(roc_auc_score(TRUTH, mean), abs=1e-9)
        assert cell.auc.low < cell.auc.value < cell.auc.high
        assert (cell.n_pos, cell.n_neg, cell.repeats) == (20, 40, 3)


def test_over_test_sets_wilcoxons_p_is_scipys(table: ExperimentTable) -> None:
    for mix in ("more", "less_100%"):
        differences = [np.mean(expected(mix, t)) - np.mean(expected("public", t)) for t in TESTS]
        (one,) = [c for c in table.comparisons if (c.mix, c.method) == (mix, WILCOXON)]
        assert one.p == pytest.approx(wilcoxon(differences, method="exact").pvalue, abs=1e-12)
        assert one.difference == pytest.approx(np.mean(differences), abs=1e-9)
        assert one.better == sum(d > 0 for d in differences)
        (two,) = [c for c in table.comparisons if (c.mix, c.method) == (mix, BOOTSTRAP)]
        assert two.low < two.difference < two.high


def test_p_values_are_corrected_within_their_family(table: ExperimentTable) -> None:
    """Holm's by hand: the smallest times their number, and never less than the one before."""
    single = [one for one in table.comparisons if one.test is not None]
    assert len(single) == 8
    order = sorted(single, key=lambda one: one.p)
    least = 0.0
    for place, one in enumerate(order):
        least = max(least, min(1.0, one.p * (len(order) - place)))
        assert one.corrected == pytest.approx(least)


def test_the_verdict_says_what_it_rests_on_and_what_it_cannot(table: ExperimentTable) -> None:
    said = verdict(table)
    (more,) = [one for one in said if one.startswith("more ")]
    assert "has a higher mean AUC than public on 4 of 4 test sets" in more
    assert "p = 0.125" in more
    assert "A difference is not shown." in more  # four pairs cannot show one
    limits = " ".join(said)
    assert "with 4 of them the exact test cannot give less than p = 0.125" in limits
    assert "could hardly have been seen" in limits
    assert "each image counts as independent" in limits


def test_images_that_were_seen_are_left_out_beside(
    runs: Mapping[CellKey, Sequence[FinishedRun]],
) -> None:
    seen = {f"/sets/north/{'melanoma' if TRUTH[i] else 'nevus'}/{i}.jpg" for i in range(12)}
    found = make_table(plan(), runs, {CellKey("more", "north", MODEL): seen}, 9, 9)
    cell = found.cell("more", "north", MODEL)
    assert cell is not None
    assert cell.without_leaking is not None
    mean = np.mean([scores_of("more", "north", seed) for seed in range(SEEDS)], axis=0)
    assert cell.leaking == 12
    assert cell.without_leaking.value == pytest.approx(
        roc_auc_score(TRUTH[12:], mean[12:]), abs=1e-9
    )
    assert any("12 of 60" in sentence for sentence in verdict(found))


def test_an_unfinished_experiment_has_the_cells_that_it_has(
    runs: Mapping[CellKey, Sequence[FinishedRun]],
) -> None:
    few = {key: found[:1] for key, found in runs.items() if key.test == "north"}
    found = make_table(plan(), few, {}, 3, 9)
    assert [cell.test for cell in found.cells] == ["north"] * 3
    assert found.to_dict()["cells"][0]["auc_sd"] is None
    assert grid_rows(found, MODEL)[0][2:5] == ["–", "–", "–"]
    said = verdict(found)
    assert any("3 of 9 trainings have finished" in one for one in said)
    assert any("nothing can be said of others" in one for one in said)


def test_runs_on_other_images_are_named_and_not_averaged(
    runs: Mapping[CellKey, Sequence[FinishedRun]], tmp_path: Path
) -> None:
    other = write_run(tmp_path / "other", "public", 7)
    path = other / "scores/test_north.csv"
    path.write_text(path.read_text("utf-8").replace("/0.jpg", "/zero.jpg"), "utf-8")
    key = CellKey("public", "north", MODEL)
    found = make_table(plan(), {key: [*runs[key], FinishedRun(other, 7)]}, {}, 4, 9)
    assert not found.cells
    assert "was not tested on the same images" in found.problems[0]


def test_without_a_baseline_nothing_is_compared(
    runs: Mapping[CellKey, Sequence[FinishedRun]],
) -> None:
    found = make_table(replace(plan(), baseline=None), runs, {}, 9, 9)
    assert len(found.cells) == 12
    assert not found.comparisons


def test_every_form_has_every_figure(table: ExperimentTable) -> None:
    rows = list(csv.DictReader(io.StringIO(csv_text(table))))
    assert [row["row"] for row in rows] == ["cell"] * 12 + ["comparison"] * len(table.comparisons)
    assert float(rows[0]["auc_mean"]) == table.cells[0].auc_mean
    text = latex_text(table)
    assert "\\begin{tabular}{lrrrrr}" in text
    assert "less\\_100\\%" in text
    assert text.count("\\\\") == 1 + len(MIXES)
    book = load_workbook(io.BytesIO(xlsx_bytes(table)))
    assert book.sheetnames == [MODEL, "Cells", "Comparisons", "Verdict"]
    assert book["Cells"].max_row == 13
    assert book["Cells"]["E2"].value == pytest.approx(table.cells[0].auc_mean)
