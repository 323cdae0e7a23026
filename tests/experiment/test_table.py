"""The table of an experiment against scikit-learn and scipy, and what is said of it."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from openpyxl import load_workbook
from scipy.stats import wilcoxon
from sklearn.metrics import roc_auc_score

from studio import jobs
from studio.experiment.cells import Cell, FinishedRun
from studio.experiment.comparisons import HIERARCHICAL, MACRO, WILCOXON, MixComparison, corrected
from studio.experiment.plan import ExperimentPlan, Mix, MixFolder
from studio.experiment.roc_files import write_roc_files
from studio.experiment.table import ExperimentTable, make_table
from studio.experiment.table_files import csv_text, grid_rows, latex_text, plain_text, xlsx_bytes
from studio.experiment.trainings import CellKey, list_trainings
from studio.experiment.verdict import headline, verdict
from studio.jobs import JobSpec
from studio.jobs.events import EventWriter
from studio.stats import auc_delong

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
        (two,) = [c for c in table.comparisons if (c.mix, c.method) == (mix, HIERARCHICAL)]
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
    assert "could not show a difference by this test, however large" in more  # with four pairs
    limits = " ".join(said)
    assert "with 4 of them the exact test cannot give less than p = 0.125" in limits
    assert "over the mixes not less than p = 0.250, so that it cannot show a difference" in limits
    assert "could hardly have been seen" in limits
    assert "each image counts as independent" in limits
    assert "The same 3 trainings of a mix are scored on all test sets" in limits


def told_of(differences: Mapping[str, Sequence[float]]) -> list[str]:
    """The verdict on mixes with these differences to the baseline by test set."""
    compared = []
    for mix, values in differences.items():
        mean, up = float(np.mean(values)), sum(one > 0 for one in values)
        ranks = wilcoxon(values)
        spread = 2.4 * np.std(values, ddof=1) / len(values) ** 0.5
        middle = len(values) * (len(values) + 1) / 4
        positive = wilcoxon(values, alternative="greater").statistic
        common = (mix, "public", MODEL, None, mean)
        for method, low, high in (
            (WILCOXON, np.nan, np.nan), (HIERARCHICAL, mean - spread, mean + spread),
        ):  # fmt: skip
            compared.append(
                MixComparison(
                    *common, low, high, float(ranks.pvalue), method, len(values), up,
                    of="melanoma", rank_sign=int(np.sign(positive - middle)),
                )
            )  # fmt: skip
    tests = tuple(f"t{n}" for n in range(len(next(iter(differences.values())))))
    mixes = ("public", *differences)
    return verdict(
        ExperimentTable(
            "melanoma", "public", mixes, tests, (MODEL,), (), tuple(corrected(compared)), 1, 1
        )
    )


def test_ten_mixes_on_seven_sets_cannot_be_told_from_the_baseline_by_ranks() -> None:
    """The plan of the paper: 10 x 2^-6 = .156 at best."""
    better = [0.05, 0.06, 0.04, 0.07, 0.03, 0.055, 0.045]
    said = told_of({f"m{number}": better for number in range(10)})
    assert all("So few test sets could not show a difference" in one for one in said[:10])
    limits = " ".join(said)
    assert (
        "less than p = 0.016, and with Holm's correction over the mixes not less than p = 0.156"
        in limits
    )
    assert "so that it cannot show a difference at all" in limits
    assert "It is better beyond chance." in told_of({"m": better})[0]


def test_a_few_bad_sets_do_not_turn_what_the_ranks_say() -> None:
    values = [0.010 + 0.0001 * number for number in range(18)] + [-0.2, -0.21]
    said = told_of({"m": values})[0]
    assert "higher mean AUC than public on 18 of 20 test sets" in said
    assert "It is higher on more test sets than chance allows, but lower on average." in said
    assert "It is lower on more" in told_of({"m": [-one for one in values]})[0]


def test_clustered_and_plain_comparisons_are_one_family() -> None:
    made = [
        MixComparison("m", "public", MODEL, f"t{n}", 0.1, 0.0, 0.2, 0.02, method)
        for n, method in enumerate(("DeLong", "clustered DeLong", "DeLong", "clustered DeLong"))
    ]
    assert [one.corrected for one in corrected(made)] == pytest.approx([0.08] * 4)


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


def test_differences_are_told_without_seen_images_too(
    runs: Mapping[CellKey, Sequence[FinishedRun]],
) -> None:
    """What the baseline has seen counts as well: here one half by either side."""
    name = "/sets/north/{}/{}.jpg"
    files = [name.format("melanoma" if TRUTH[i] else "nevus", i) for i in range(IMAGES)]
    seen = {
        CellKey("more", "north", MODEL): set(files[:6]),
        CellKey("public", "north", MODEL): set(files[6:12]),
    }
    found = make_table(plan(), runs, seen, 9, 9)
    kept = np.arange(IMAGES) >= 12
    means = [
        np.mean([scores_of(mix, "north", seed) for seed in range(SEEDS)], axis=0)[kept]
        for mix in ("more", "public")
    ]
    expected_difference = roc_auc_score(TRUTH[kept], means[0]) - roc_auc_score(
        TRUTH[kept], means[1]
    )
    by_test = {(c.mix, c.test): c for c in found.comparisons if c.test is not None}
    without = by_test["more", "north"].without_leaking
    assert without is not None
    assert without.images == 48
    assert without.difference == pytest.approx(expected_difference, abs=1e-9)
    assert without.low < without.difference < without.high
    assert by_test["less_100%", "north"].without_leaking is not None  # the baseline has seen some
    assert by_test["more", "south"].without_leaking is None
    (ranks,) = [c for c in found.comparisons if (c.mix, c.method) == ("more", WILCOXON)]
    assert ranks.without_leaking is not None
    differences = [np.mean(expected("more", t)) - np.mean(expected("public", t)) for t in TESTS]
    differences[0] = np.mean([
        roc_auc_score(TRUTH[kept], scores_of("more", "north", s)[kept])
        - roc_auc_score(TRUTH[kept], scores_of("public", "north", s)[kept])
        for s in range(SEEDS)
    ])  # fmt: skip
    assert ranks.without_leaking.difference == pytest.approx(np.mean(differences), abs=1e-9)
    assert any("Without leaking images: +" in sentence for sentence in verdict(found))
    rows = list(csv.DictReader(io.StringIO(csv_text(found))))
    told = [row for row in rows if row["row"] == "comparison" and row["difference_without_leaking"]]
    assert len(told) == 6  # two mixes: on north, and over test sets by two methods
    assert "; without leaking images " in plain_text(found)


CLASSES = ("melanoma", "nevus", "keratosis")


def three_classes(folder: Path, mix: str, seed: int) -> np.ndarray:
    """A training of three classes on all tests; returns its scores on the first [n, 3]."""
    jobs.create(folder, JobSpec(kind="train", title=folder.name))
    (folder / "scores").mkdir()
    tables = []
    with EventWriter(folder) as say:
        say.write("plan", {"classes": list(CLASSES), "positive": "melanoma"})
        for test in TESTS:
            randomness = np.random.default_rng([TESTS.index(test), len(mix), seed])
            odds = np.exp(
                randomness.normal(size=(IMAGES, 3)) + MIXES[mix] * np.eye(3)[np.arange(IMAGES) % 3]
            )
            p = (odds / odds.sum(axis=1, keepdims=True)).round(9)
            tables.append(p)
            path = folder / "scores" / f"test_{test}.csv"
            lines = ["file,label,score,p_melanoma,p_nevus,p_keratosis"]
            lines += [
                f"/sets/{test}/{i}.jpg,{CLASSES[i % 3]},{p[i, 0]},{p[i, 0]},{p[i, 1]},{p[i, 2]}"
                for i in range(IMAGES)
            ]
            path.write_text("\n".join(lines), "utf-8")
            say.write("test", {"name": test, "n": IMAGES, "scores": f"scores/{path.name}"})
    return tables[0]


def test_more_than_two_classes_have_a_macro_auc_and_each_its_own(tmp_path: Path) -> None:
    truth = np.arange(IMAGES) % 3
    runs: dict[CellKey, list[FinishedRun]] = {}
    north: dict[str, list[np.ndarray]] = {"public": [], "more": []}
    for mix, tables in north.items():
        for seed in range(2):
            run = FinishedRun(tmp_path / f"{mix}-{seed}", seed)
            tables.append(three_classes(run.folder, mix, seed))
            for test in TESTS:
                runs.setdefault(CellKey(mix, test, MODEL), []).append(run)
    seen = {CellKey("more", "north", MODEL): {f"/sets/north/{i}.jpg" for i in range(9)}}
    found = make_table(plan(), runs, seen, 4, 6)
    cell = found.cell("more", "north", MODEL)
    assert cell is not None
    assert cell.macro is not None
    each = [roc_auc_score(truth, one, multi_class="ovr") for one in north["more"]]
    mean = np.mean(north["more"], axis=0)
    assert cell.macro.mean == pytest.approx(np.mean(each), abs=1e-9)
    assert cell.macro.sd == pytest.approx(np.std(each, ddof=1), abs=1e-9)
    assert cell.macro.auc.value == pytest.approx(
        roc_auc_score(truth, mean, multi_class="ovr"), abs=1e-9
    )
    assert cell.macro.auc.low < cell.macro.auc.value < cell.macro.auc.high
    for k, (name, n, one) in enumerate(cell.by_class):
        assert (name, n) == (CLASSES[k], 20)
        assert one.auc.value == pytest.approx(roc_auc_score(truth == k, mean[:, k]), abs=1e-9)
    assert cell.macro_without_leaking is not None
    assert cell.macro_without_leaking.value == pytest.approx(
        roc_auc_score(truth[9:], mean[9:], multi_class="ovr"), abs=1e-9
    )

    macro = [one for one in found.comparisons if one.of == MACRO]
    assert [one.test for one in macro] == [*TESTS, None, None]
    other = np.mean(north["public"], axis=0)
    assert macro[0].difference == pytest.approx(
        roc_auc_score(truth, mean, multi_class="ovr")
        - roc_auc_score(truth, other, multi_class="ovr"),
        abs=1e-9,
    )
    family = [one.p for one in macro if one.test is not None]
    assert macro[0].corrected >= macro[0].p
    assert max(one.corrected for one in macro[:4]) >= min(1.0, 4 * min(family)) - 1e-12

    document = found.to_dict()["cells"][0]
    assert list(document["classes"]) == list(CLASSES)
    assert document["macro_low"] < document["macro"] < document["macro_high"]
    text = plain_text(found)
    assert f"{MODEL}, macro AUC over classes\tnorth" in text
    assert "public\tnorth\tkeratosis\t20\t" in text
    assert "more − public, macro AUC, north: " in text
    assert any("higher mean macro AUC than public" in one for one in verdict(found))
    assert any(", macro 0." in one for one in verdict(found))  # without leaking images
    kinds = [row["row"] for row in csv.DictReader(io.StringIO(csv_text(found)))]
    assert kinds == ["cell"] * 8 + ["class"] * 24 + ["comparison"] * 12
    book = load_workbook(io.BytesIO(xlsx_bytes(found)))
    assert book.sheetnames == [
        MODEL, f"macro {MODEL}", "Cells", "Classes", "Comparisons", "Verdict"
    ]  # fmt: skip
    assert latex_text(found).count("\\begin{tabular}") == 2


def test_other_images_than_the_baselines_are_named_and_not_compared(
    runs: Mapping[CellKey, Sequence[FinishedRun]], tmp_path: Path
) -> None:
    other = write_run(tmp_path / "other", "more", 7)
    path = other / "scores/test_north.csv"
    path.write_text(path.read_text("utf-8").replace("/0.jpg", "/zero.jpg"), "utf-8")
    key = CellKey("more", "north", MODEL)
    found = make_table(plan(), {**runs, key: [FinishedRun(other, 7)]}, {}, 9, 9)
    assert found.cell(*key) is not None
    assert found.problems == (
        "more on north was not tested on the same images as public, so the two are not compared.",
    )
    compared = {(one.mix, one.test) for one in found.comparisons}
    assert ("more", "north") not in compared
    assert ("more", None) in compared  # over the three other test sets


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


def test_a_seed_whose_scores_are_damaged_is_left_out_and_named(
    runs: Mapping[CellKey, Sequence[FinishedRun]], tmp_path: Path
) -> None:
    key = CellKey("public", "north", MODEL)
    for number, content in enumerate((b"", b"file,label\n", b"\xff" * 90)):
        bad = write_run(tmp_path / f"bad{number}", "public", 7)
        (bad / "scores/test_north.csv").write_bytes(content)
        found = make_table(plan(), {key: [FinishedRun(bad, 7), *runs[key]]}, {}, 4, 9)
        assert found.cells == make_table(plan(), {key: runs[key]}, {}, 3, 9).cells
        assert f"bad{number} is left out of its cell on north" in found.problems[0]
        alone = make_table(plan(), {key: [FinishedRun(bad, 7)]}, {}, 1, 9)
        assert not alone.cells
        assert "public on north" in alone.problems[0]


def test_damaged_seeds_are_left_out_in_whatever_order_runs_are_given(
    runs: Mapping[CellKey, Sequence[FinishedRun]], tmp_path: Path
) -> None:
    """The damaged one comes first by its seed and last in the list, then both are damaged."""
    key = CellKey("public", "north", MODEL)
    bad = []
    for seed in (-1, 9):
        bad.append(FinishedRun(write_run(tmp_path / f"bad{seed}", "public", 7), seed))
        (bad[-1].folder / "scores/test_north.csv").write_bytes(b"")
    found = make_table(plan(), {key: [*runs[key], bad[0]]}, {}, 4, 9)
    assert found.cells == make_table(plan(), {key: runs[key]}, {}, 3, 9).cells
    assert "bad-1 is left out of its cell on north" in found.problems[0]
    none = make_table(plan(), {key: bad[::-1]}, {}, 2, 9)
    assert not none.cells
    assert len(none.problems) == 1


def test_workbooks_of_names_that_look_alike_are_all_written(
    runs: Mapping[CellKey, Sequence[FinishedRun]], tmp_path: Path
) -> None:
    own = runs[CellKey("public", "north", MODEL)]
    cells = {CellKey(mix, "north", MODEL): own for mix in ("10 %", "10", "10 ?", "more")}
    files = write_roc_files(cells, ("melanoma", "nevus"), tmp_path / "out")
    assert len(files) == 4 * 2 + 1
    assert len({str(one).casefold() for one in files}) == 4 * 2 + 1
    assert (tmp_path / "out/more/north").is_dir()


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


def made_of(differences: Mapping[str, tuple[float, float]], tests: int = 7) -> ExperimentTable:
    """A table of mixes with a mean difference and a p over `tests` test sets."""
    compared = [
        MixComparison(
            mix, "public", MODEL, None, difference, math.nan, math.nan, p, WILCOXON, tests,
            tests if difference > 0 else 0, p, rank_sign=1 if difference > 0 else -1,
        )
        for mix, (difference, p) in differences.items()
    ]  # fmt: skip
    auc = auc_delong(np.array([0.2, 0.8]), np.array([False, True]))
    cell = Cell("public", "north", MODEL, 1, (0.8,), auc, 1, 1)
    names = ("public", *differences)
    return ExperimentTable(
        "melanoma", "public", names, TESTS, (MODEL,), (cell,), tuple(compared), 1, 1
    )


def test_the_headline_names_the_mixes_that_are_shown_to_differ() -> None:
    assert headline(made_of({"a": (0.03, 0.2)})) == "No mix is shown to differ from public."
    assert headline(made_of({"a": (0.03, 0.016)})) == "a is better than public beyond chance."
    both = made_of({"a": (0.03, 0.04), "b": (-0.03, 0.04)})
    assert headline(both) == (
        "a is better than public beyond chance; b is worse than public beyond chance."
    )
    # With four tests the exact test cannot give less than p = 0.125, with one nothing at all.
    assert (
        headline(made_of({"a": (0.03, 0.125)}, 4)) == "So few test sets cannot show a difference."
    )
    assert (
        headline(made_of({"a": (0.03, 1.0)}, 1)) == "One test set: nothing can be said of others."
    )
