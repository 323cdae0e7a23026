"""What the window makes of a run folder: events, scores, curves, comparisons."""

import csv
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from studio import jobs
from studio.errors import StudioError
from studio.jobs import parse_events
from studio.jobs.event_models import TrainStepEvent
from studio.jobs.kinds import TRAIN
from studio.results.cells import predictive_values
from studio.results.classifier_run import ClassifierReader, load_detail, load_scores
from studio.results.comparison import ComparedRun, compare, corrected, load_compared
from studio.results.curves import class_curve, detail, simplified
from studio.results.run_list import classifier_summary
from studio.results.run_log import RunLog
from studio.results.scores import aligned, inside, read_scores
from studio.stats import auc_delong, compare_delong, confusion, roc_band, roc_curve, wilson
from studio.ui.plots.interval_words import auc_text, method_text
from studio.ui.plots.line_plot import power_of_ten, running_mean
from studio.ui.plots.operating import OperatingPointModel
from studio.ui.runs.words import figures_words
from studio.ui.train.pins import p_sentence, p_short

POSITIVE = "malignantmelanoma"


def table(path: Path, rows: list[tuple[object, ...]], head: str = "file,label,score") -> Path:
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head.split(","))
        writer.writerows(rows)
    return path


def test_a_finished_run_is_read_whole(tmp_path: Path, made_run: Any) -> None:
    made = made_run(tmp_path / "0001-train").whole(tests=["/data/isic/test"])
    snapshot = ClassifierReader(made.run_dir).read()
    assert snapshot.status.state == "finished"
    assert [epoch.number for epoch in snapshot.epochs] == [1, 2, 3, 4, 5]
    assert sorted(snapshot.curves) == [1, 2, 3, 4, 5]
    assert snapshot.curves[5].auc.value == pytest.approx(made.records[-1]["auc"])
    assert snapshot.frozen is not None
    assert snapshot.frozen.seconds == 41
    assert next(iter(snapshot.files())) == "epoch 5"
    assert snapshot.newest == "epoch 5"
    assert "test /data/isic/test" in snapshot.files()


def test_reading_goes_on_where_it_was(tmp_path: Path, made_run: Any) -> None:
    made = made_run(tmp_path / "run").live()
    made.plan()
    reader = ClassifierReader(made.run_dir)
    first = reader.read()
    assert first.newest is None
    made.frozen()
    assert reader.read().newest == "frozen"
    made.epoch(1)
    made.step(2, 3)
    second = reader.read()
    assert second.newest == "epoch 1"
    assert second.steps[-1].at == pytest.approx(1.25)
    assert reader.read() is second
    assert first.epochs == ()


def test_an_epoch_done_again_after_a_crash_counts_once(tmp_path: Path, made_run: Any) -> None:
    made = made_run(tmp_path / "run").live()
    made.plan()
    for number in (1, 2):
        made.step(number, 12)
        made.epoch(number)
    made.step(3, 5)
    reader = ClassifierReader(made.run_dir)
    assert len(reader.read().steps) == 3
    made.plan(resumed=True, history=made.records[:1])
    made.epoch(2)
    snapshot = reader.read()
    assert [epoch.number for epoch in snapshot.epochs] == [1, 2]
    assert snapshot.epochs[1].auc == made.records[-1]["auc"]
    assert [step.epoch for step in snapshot.steps] == [1]


def test_events_of_another_shape_are_passed_over() -> None:
    story = RunLog()
    story.feed(
        parse_events(
            [
                {"event": "epoch", "epoch": "three"},
                {"event": "step", "epoch": 1},
                {"event": "frozen", "n": None},
                {"event": "warning", "message": "Out of memory."},
                {"event": "warning", "message": "Out of memory."},
                {"event": "warning"},
                {"event": "unheard of"},
            ],
            *TRAIN.every_event,
        )
    )
    assert story.epochs == {}
    assert story.frozen is None
    assert story.warnings == ["Out of memory."]


def test_steps_are_thinned_but_keep_the_last() -> None:
    story = RunLog()
    story.feed(
        TrainStepEvent(epoch=1 + n // 500, step=n % 500, steps=500, loss=1.0) for n in range(9000)
    )
    assert len(story.steps) <= 2001
    assert (story.steps[-1].epoch, story.steps[-1].step) == (18, 499)


def test_scores_never_lead_out_of_the_run(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (tmp_path / "secret.csv").write_text("file,label,score\n")
    (run / "own.csv").write_text("file,label,score\n")
    assert inside(run, "../secret.csv") is None
    assert inside(run, str(tmp_path / "secret.csv")) is None
    assert inside(run, None) is None
    assert inside(run, "own.csv") is not None


def test_a_broken_row_is_named(tmp_path: Path) -> None:
    path = table(tmp_path / "s.csv", [("a.jpg", "x", 0.5), ("b.jpg", "y", "much")])
    with pytest.raises(StudioError, match=r"s\.csv, row 3"):
        read_scores(path, "x")
    path.write_text("picture,probability\n")
    with pytest.raises(StudioError, match="not a table of scores"):
        read_scores(path)


def test_without_a_plan_no_class_is_taken_for_the_positive_one(
    tmp_path: Path, made_run: Any
) -> None:
    """The last by name would be melanocyticnevus, and the curve upside down."""
    made = made_run(tmp_path / "run")
    for number in (1, 2):
        made.epoch(number)
    made.say("finished")
    snapshot = ClassifierReader(made.gone().run_dir).read()
    assert snapshot.positive == ""
    assert snapshot.curves == {}
    with pytest.raises(StudioError, match="Positive class unknown"):
        load_detail(snapshot, "epoch 2")
    with pytest.raises(StudioError, match="Positive class unknown"):
        read_scores(made.run_dir / "scores" / "val_epoch_001.csv", "nevus", made.classes)
    one = table(tmp_path / "one.csv", [("a.jpg", "z", 0.2)])
    assert read_scores(one, POSITIVE).classes == (POSITIVE, "z")


def test_a_class_without_images_is_undefined(tmp_path: Path, made_run: Any) -> None:
    made = made_run(tmp_path / "run", without=POSITIVE)
    made.whole()
    snapshot = ClassifierReader(made.run_dir).read()
    assert snapshot.epochs[-1].auc is None
    assert snapshot.curves == {}
    found = load_detail(snapshot, "epoch 5")
    assert found.empty_classes == (POSITIVE,)
    assert found.positive.drawn is None
    listed = classifier_summary(made.run_dir)
    assert listed is not None
    assert figures_words(listed) == "AUC undefined"
    operating = OperatingPointModel()
    operating.show(found)
    assert operating.point is None
    assert operating.images("fn") == []


def test_three_classes_have_a_curve_each_and_a_mean(tmp_path: Path, made_run: Any) -> None:
    classes = ("basalcellcarcinoma", POSITIVE, "melanocyticnevus")
    made = made_run(tmp_path / "run", classes=classes, n=150).whole()
    found = load_detail(ClassifierReader(made.run_dir).read(), "epoch 5")
    assert list(found.classes) == [POSITIVE, "basalcellcarcinoma", "melanocyticnevus"]
    assert found.macro is not None
    values = [curve.drawn.auc.value for curve in found.classes.values() if curve.drawn]
    assert found.macro[2] == pytest.approx(np.mean(values))
    area = np.trapezoid(found.macro[1], found.macro[0])
    assert area == pytest.approx(found.macro[2], abs=0.01)
    assert found.macro[1][-1] == 1


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=2, max_size=60).filter(
        lambda rows: 0 < sum(flag for _, flag in rows) < len(rows)
    )
)
def test_a_simplified_curve_has_the_same_area(rows: list[tuple[int, bool]]) -> None:
    roc = roc_curve([score for score, _ in rows], [flag for _, flag in rows])
    fpr, tpr = simplified(roc)
    assert np.trapezoid(tpr, fpr) == pytest.approx(roc.auc)
    assert fpr.size <= roc.fpr.size
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == (0, 0, 1, 1)


def test_the_band_is_that_of_the_statistics(tmp_path: Path, made_run: Any) -> None:
    made = made_run(tmp_path / "run").whole()
    snapshot = ClassifierReader(made.run_dir).read()
    scores = load_scores(snapshot, "epoch 5")
    found = detail(scores)
    assert found.band is not None
    expected = roc_band(scores.scores(POSITIVE), scores.flags(POSITIVE))
    np.testing.assert_array_equal(found.band.low, expected.low)
    assert found.whole_band is not None
    assert np.all(found.whole_band.low <= found.band.low + 1e-12)
    assert detail(scores, band=False).band is None


def test_two_runs_are_compared_on_the_same_images_only(tmp_path: Path, made_run: Any) -> None:
    first = made_run(tmp_path / "0001-train", seed=1).whole()
    second = made_run(tmp_path / "0002-train", "mobilenetv2_100 · paper", seed=2).whole()
    third = made_run(tmp_path / "0003-train", seed=3, n=100).whole()
    shown = load_detail(ClassifierReader(first.run_dir).read(), "epoch 5", False)
    pinned = load_compared(second.run_dir, shown, "epoch 5")
    assert pinned is not None
    a = shown.scores
    b = load_scores(ClassifierReader(second.run_dir).read(), "epoch 5")
    expected = compare_delong(a.scores(POSITIVE), b.scores(POSITIVE), a.flags(POSITIVE))
    assert pinned.comparison == expected
    difference = f"{expected.difference:+.3f}".replace("-", "−")
    assert f"ΔAUC {difference}" in p_sentence(pinned, 120)
    assert pinned.name == "Run 2 · mobilenetv2_100 · paper"
    other = load_compared(third.run_dir, shown, "epoch 5")
    assert other is not None
    assert other.comparison is None
    assert p_short(None) == "other images"
    assert "not comparable" in p_sentence(other, 120)
    assert load_compared(second.run_dir, shown, "test /nowhere") is None


def test_several_pinned_runs_are_corrected_after_holm(tmp_path: Path, made_run: Any) -> None:
    first = made_run(tmp_path / "0001-train", seed=1).whole()
    others = [made_run(tmp_path / f"000{n}-train", seed=n).whole() for n in (2, 3, 4)]
    strange = made_run(tmp_path / "0005-train", seed=5, n=90).whole()
    shown = load_detail(ClassifierReader(first.run_dir).read(), "epoch 5", False)
    pinned = [load_compared(one.run_dir, shown, "epoch 5") for one in (*others, strange)]
    found = corrected([one for one in pinned if one is not None])
    assert found[3].corrected is None
    ps = sorted((one.comparison.p, one.corrected) for one in found[:3])
    largest = 0.0
    for factor, (p, after) in zip((3, 2, 1), ps, strict=True):
        largest = max(largest, min(1.0, factor * p))
        assert after == pytest.approx(largest)
    assert "with Holm's correction for 3 comparisons p" in p_sentence(found[0], 120, 3)
    assert p_short(found[0].comparison, 0.0312) == "p = 0.031 (Holm)"
    assert corrected(found[:1])[0].corrected == found[0].corrected  # nothing to correct


def test_groups_of_scores_reach_curves_and_comparisons(tmp_path: Path) -> None:
    rows = [(f"{i}.jpg", POSITIVE if i % 3 else "z", (i * 37 % 41) / 41) for i in range(40)]
    path = table(tmp_path / "a.csv", rows)
    plain = read_scores(path, POSITIVE)
    lines = path.read_text().splitlines()
    ends = [",group", *(f",photo {i // 4}" for i in range(40))]
    path.write_text("\n".join(line + end for line, end in zip(lines, ends, strict=True)) + "\n")
    grouped = read_scores(path, POSITIVE)
    assert grouped.groups[:5] == ("photo 0",) * 4 + ("photo 1",)
    assert plain.known_groups is None
    auc = class_curve(grouped, POSITIVE).drawn.auc
    assert (auc.method, auc.groups, auc.images) == ("clustered DeLong", 10, 40)
    assert method_text(auc) == (
        "95 % clustered DeLong; 40 images in 10 groups", "95 % clustered DeLong; 10 groups",
    )  # fmt: skip
    other = replace(plain, probabilities=plain.probabilities[::-1].copy())
    # Scored before groups were kept, beside a run that knows them.
    assert compare(other, grouped).groups == compare(grouped, other).groups == 10
    assert "paired clustered DeLong on 40 images in 10 groups" in p_sentence(
        ComparedRun(
            tmp_path, "a", "test a", class_curve(other, POSITIVE).drawn, compare(grouped, other)
        ),
        40,
    )


def test_perfect_separation_is_told_by_its_limit(tmp_path: Path) -> None:
    rows = [(f"{i}.jpg", POSITIVE if i < 10 else "z", 0.9 if i < 10 else 0.1) for i in range(40)]
    auc = class_curve(read_scores(table(tmp_path / "a.csv", rows), POSITIVE), POSITIVE).drawn.auc
    assert auc_text(auc) == "AUC 1.000 (at least 0.741, one-sided)"
    assert auc_text(auc, whole=False) == "1.000 (at least 0.741)"
    assert method_text(auc)[1] == "95 % exact, one-sided; groups unknown"
    swapped = [(file, "z" if label == POSITIVE else POSITIVE, score) for file, label, score in rows]
    auc = class_curve(read_scores(table(tmp_path / "b.csv", swapped), POSITIVE), POSITIVE).drawn.auc
    assert auc_text(auc) == "AUC 0.000 (at most 0.259, one-sided)"


def test_the_order_of_images_does_not_matter_to_a_comparison(tmp_path: Path) -> None:
    rows = [(f"{i}.jpg", POSITIVE if i % 3 else "z", (i * 37 % 41) / 41) for i in range(40)]
    first = read_scores(table(tmp_path / "a.csv", rows), POSITIVE)
    second = read_scores(table(tmp_path / "b.csv", rows[::-1]), POSITIVE)
    order = aligned(first, second)
    assert order is not None
    np.testing.assert_array_equal(second.scores(POSITIVE)[order], first.scores(POSITIVE))
    comparison = compare(first, second)
    assert comparison is not None
    assert comparison.difference == 0
    assert not comparison.estimable


def test_a_pinned_run_with_the_other_class_positive_is_compared_for_the_same_class(
    tmp_path: Path, made_run: Any
) -> None:
    """With two classes the AUC is the same whichever is positive; with three it is not."""
    first = made_run(tmp_path / "0001-train", seed=1).whole()
    other = made_run(tmp_path / "0002-train", seed=2, positive="melanocyticnevus").whole()
    shown = load_detail(ClassifierReader(first.run_dir).read(), "epoch 5")
    pinned = load_compared(other.run_dir, shown, "epoch 5")
    assert pinned is not None
    assert pinned.comparison is not None
    theirs = load_scores(ClassifierReader(other.run_dir).read(), "epoch 5")
    assert theirs.positive == "melanocyticnevus"
    auc = roc_auc_score(theirs.flags(POSITIVE), theirs.scores(POSITIVE))
    assert pinned.curve.auc.value == pytest.approx(auc)
    own = shown.positive.roc.auc
    assert pinned.comparison.difference == pytest.approx(own - auc)
    three = ("basalcellcarcinoma", POSITIVE, "melanocyticnevus")
    first = made_run(tmp_path / "0003-train", classes=three, seed=3).whole()
    other = made_run(tmp_path / "0004-train", classes=three, seed=4, positive=three[0]).whole()
    shown = load_detail(ClassifierReader(first.run_dir).read(), "epoch 5")
    theirs = load_scores(ClassifierReader(other.run_dir).read(), "epoch 5")
    for name in three:
        pinned = load_compared(other.run_dir, shown, "epoch 5", name)
        assert pinned is not None
        auc = roc_auc_score(theirs.flags(name), theirs.scores(name))
        assert pinned.curve.auc.value == pytest.approx(auc)


def test_a_cell_shows_the_crop_that_was_scored(tmp_path: Path) -> None:
    """Of a file with several boxes a balanced part may be scored: order tells nothing."""
    head = "file,label,score,square"
    rows = [
        ("a.jpg", POSITIVE, 0.1, "30.5 40.25 20.0"),
        ("b.jpg", POSITIVE, 0.9, ""),
        ("a.jpg", "z", 0.2, "1.0 2.0 3.0"),
    ]
    scores = read_scores(table(tmp_path / "a.csv", rows, head), POSITIVE)
    assert scores.classes == (POSITIVE, "z")
    operating = OperatingPointModel()
    operating.show(detail(scores, 0))
    operating.use_rule(0.5)
    assert [i.square for i in operating.images("fn")] == [(30.5, 40.25, 20.0)]
    assert [i.square for i in operating.images("tp")] == [None]
    assert [i.square for i in operating.images("tn")] == [(1.0, 2.0, 3.0)]
    turned = read_scores(table(tmp_path / "b.csv", rows[::-1], head), POSITIVE)
    order = aligned(scores, turned)
    assert order is not None
    assert order.tolist() == [2, 1, 0]
    other = [*rows[:2], ("a.jpg", "z", 0.2, "1.0 2.0 4.0")]
    assert aligned(scores, read_scores(table(tmp_path / "c.csv", other, head), POSITIVE)) is None
    with pytest.raises(StudioError, match="row 2"):
        read_scores(table(tmp_path / "d.csv", [("a.jpg", POSITIVE, 0.1, "1 2")], head), POSITIVE)


def test_the_cells_list_their_images_worst_first(tmp_path: Path) -> None:
    rows = [(f"{i}.jpg", POSITIVE if i < 6 else "z", s) for i, s in enumerate(
        (0.9, 0.1, 0.6, 0.3, 0.8, 0.2, 0.05, 0.7, 0.95, 0.15)
    )]  # fmt: skip
    operating = OperatingPointModel()
    operating.show(detail(read_scores(table(tmp_path / "a.csv", rows), POSITIVE), 0))
    operating.use_rule(0.5)
    assert [i.score for i in operating.images("fn")] == [0.1, 0.2, 0.3]
    assert [i.score for i in operating.images("tp")] == [0.6, 0.8, 0.9]
    assert [i.score for i in operating.images("fp")] == [0.95, 0.7]
    assert [i.score for i in operating.images("tn")] == [0.15, 0.05]


def test_predictive_values_at_a_stated_prevalence() -> None:
    counts = confusion(
        [0.9] * 80 + [0.1] * 20 + [0.9] * 10 + [0.1] * 90, [1] * 100 + [0] * 100, 0.5
    )
    ppv, npv = predictive_values(counts, None)
    assert ppv == (pytest.approx(80 / 90), wilson(80, 90).low, wilson(80, 90).high)
    assert npv[0] == pytest.approx(90 / 110)
    rare, _ = predictive_values(counts, 0.01)
    assert rare[0] == pytest.approx(0.8 * 0.01 / (0.8 * 0.01 + 0.1 * 0.99))
    assert rare[1] < rare[0] < rare[2] < ppv[0]


def test_a_folder_of_something_else_is_no_run(tmp_path: Path) -> None:
    assert classifier_summary(tmp_path) is None
    jobs.create(tmp_path / "job", jobs.JobSpec(kind="rehearsal", title="counting"))
    assert classifier_summary(tmp_path / "job") is None


def test_a_perfect_curve_has_no_interval(tmp_path: Path) -> None:
    rows = [(f"{i}.jpg", POSITIVE if i < 5 else "z", 0.9 if i < 5 else 0.1) for i in range(10)]
    scores = read_scores(table(tmp_path / "a.csv", rows), POSITIVE)
    drawn = detail(scores, 50).positive.drawn
    assert drawn is not None
    assert drawn.auc.value == auc_delong([1, 0], [1, 0]).value == 1
    assert math.isnan(drawn.auc.low)


def test_losses_begin_at_the_mean_of_a_first_window() -> None:
    x = np.arange(1, 11) / 10  # ten steps in one epoch
    y = np.array([9.0, 3.0, 3.0, 1.0, 1.0, 1.0, np.nan, 1.0, 1.0, 1.0])
    at, mean = running_mean(x, y, 0.25)
    # The first window ends with the fourth step, 0.3 epochs after the first: steps 2 to 4.
    assert at[0] == pytest.approx(0.3)
    assert mean[0] == pytest.approx(7 / 3)
    # pandas' rolling mean over the same last three steps: 1, 1, 1 from the sixth step on.
    assert mean[-1] == 1.0
    assert at.size == mean.size == 6
    at, mean = running_mean(x[:2], y[:2], 0.25)
    assert (at.tolist(), mean.tolist()) == ([pytest.approx(0.15)], [6.0])
    assert running_mean(x[:0], y[:0], 0.25)[0].size == 0


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 5e-4, -4), (0.0, 1e-4, -4), (0, 0.3, 0), (0.5, 1.0, 0), (-3e-3, 1e-3, -3), (0, 0, 0),
        (0, 9999, 0), (0, 25_000, 4), (0, 0.0099, -3),
    ],
)  # fmt: skip
def test_the_power_of_ten_of_an_axis(low: float, high: float, expected: int) -> None:
    assert power_of_ten(low, high) == expected
