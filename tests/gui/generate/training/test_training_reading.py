"""What the training page knows of plans and runs, without a window."""

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_training import MadeTraining

from studio import jobs
from studio.errors import StudioError
from studio.jobs import JobSpec, parse_events
from studio.jobs.event_models import JobEvent
from studio.jobs.kinds import NETWORK_TRAINING
from studio.results.gan_run import GanReader
from studio.results.run_list import gan_summary, list_gan_runs
from studio.results.training_log import MOST_POINTS, NUMBERS, AveragedRows, TrainingLog
from studio.ui.generate.training.graph_layout import lay_out
from studio.ui.plots.kimg_plot import nice_step
from studio.ui.runs.words import figures_words
from studio.workflows.generate.presets import paper
from studio.workflows.generate.stages import Stage, StagePlan, Start


def step(kimg: float, **more: object) -> dict[str, object]:
    return {"event": "step", "images": round(kimg * 1000), "kimg": kimg, "loss_g": 1.0, **more}


def test_torch_stays_out() -> None:
    code = """
import sys
import studio.ui.generate.training.page, studio.workflows.generate.stage_work
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_the_paper_as_a_graph() -> None:
    found = lay_out(paper())
    assert found.columns == 2
    assert found.rows == 3
    assert found.places["LESION130k"].row == found.places["Nevus"].row == 1
    assert found.beside("LESION130k", "right") == "Melanoma"
    assert found.beside("Both", "left") == "LESION130k"
    assert found.beside("Melanoma", "down") == "Nevus"
    assert found.beside("Both", "down") == "Both"
    assert found.beside("", "down") == "LESION130k"


@given(st.lists(st.integers(-1, 20), min_size=1, max_size=12))
def test_no_two_stages_stand_in_one_place(parents: list[int]) -> None:
    stages = tuple(
        Stage(
            name=str(n),
            start=Start(kind="stage", stage=str(p % n)) if n and p >= 0 else Start(),
        )
        for n, p in enumerate(parents)
    )
    plan = StagePlan(stages=stages)
    found = lay_out(plan)
    assert len(set(found.places.values())) == len(stages)
    for parent, child in found.arrows:
        assert found.places[child].column == found.places[parent].column + 1
    for name in found.places:
        for direction in ("left", "right", "up", "down"):
            assert found.beside(name, direction) in found.places  # type: ignore[arg-type]


@given(st.integers(1, 4 * MOST_POINTS))
def test_a_long_history_is_averaged_and_stays_short(count: int) -> None:
    kept = AveragedRows(64)
    for n in range(count):
        row = np.full(len(NUMBERS), math.nan)
        row[0], row[1] = n, n
        kept.add(row)
    table = kept.table()
    assert len(table) <= 65
    assert np.all(np.diff(table[:, 0]) > 0)
    assert table[-1, 0] <= count - 1
    assert np.isnan(table[:, 2]).all()
    np.testing.assert_allclose(table[:, 0], table[:, 1])


def events(lines: list[dict[str, Any]]) -> list[JobEvent]:
    return parse_events(lines, *NETWORK_TRAINING.every_event)


def test_a_training_that_went_back_begins_again_there() -> None:
    story = TrainingLog()
    story.feed(events([step(k) for k in (1.0, 2.0, 3.0)]))
    story.feed(events([{"event": "started"}, step(2.0, loss_g=5.0)]))
    numbers = story.numbers()
    assert numbers[:, 0].tolist() == [1.0, 2.0]
    assert numbers[-1, NUMBERS.index("loss_g")] == 5.0


def test_strange_events_are_passed_over() -> None:
    story = TrainingLog()
    story.feed(
        events(
            [
                {"event": "step"},
                {"event": "step", "kimg": "far", "loss_g": []},
                {"event": "step", "kimg": math.nan},
                {"event": "snapshot", "images": None},
                {"event": "snapshot", "images": 4000, "metrics": "none", "grid": 3, "best": "yes"},
                {"event": "warning", "message": None},
                {"event": "other"},
            ]
        )
    )
    assert len(story.numbers()) == 0
    [snapshot] = story.snapshots()
    assert snapshot.kid is None
    assert story.warnings == []


def test_a_run_is_read_as_it_grows(tmp_path: Path) -> None:
    made = MadeTraining(tmp_path / "run").plan().live()
    reader = GanReader(made.run_dir)
    first = reader.read()
    assert [snapshot.grid for snapshot in first.snapshots] == ["fakes_init.png"]
    assert (first.total_kimg, first.kimg) == (120, 0)
    assert reader.read() is first
    made.step(5)
    made.snapshot(10, kid=0.05)
    made.snapshot(20, kid=0.02)
    made.snapshot(30, kid=0.03)
    run = reader.read()
    assert [snapshot.kimg for snapshot in run.snapshots] == [0, 10, 20, 30]
    assert run.best is not None
    assert run.best.network == "network-snapshot-000020.safetensors"
    assert run.snapshots[1].interval == pytest.approx((0.044, 0.0565))
    assert run.column("kimg").tolist() == [5]
    summary = gan_summary(made.run_dir)
    assert summary is not None
    assert figures_words(summary) == "5 kimg · KID 0.0300"
    for _ in range(900):  # until the last snapshot lies far from the end of what was said
        made.say("log", message="x" * 80)
    made.step(31)
    lines = ['{"metrics": {"kid": 0.03}}', '{"metrics": {"kid"']  # the last one is being written
    (made.run_dir / "metrics.jsonl").write_text("\n".join(lines))
    summary = gan_summary(made.run_dir)
    assert summary is not None
    assert figures_words(summary) == "31 kimg · KID 0.0300"


def test_a_grid_outside_the_run_is_never_opened(tmp_path: Path) -> None:
    made = MadeTraining(tmp_path / "run").plan()
    (tmp_path / "secret.png").write_bytes(b"")
    made.say("snapshot", images=1000, grid="../secret.png", network="../x", metrics={}, best=False)
    made.say("snapshot", images=2000, grid="/etc/passwd", network="", metrics={}, best=False)
    run = GanReader(made.run_dir).read()
    assert [snapshot.images for snapshot in run.snapshots] == [0]
    assert run.file("../secret.png") is None


def test_other_jobs_are_no_trainings(tmp_path: Path) -> None:
    jobs.create(tmp_path / "run", JobSpec(kind="rehearsal", title="x"))
    assert gan_summary(tmp_path / "run") is None
    assert list_gan_runs(None, [tmp_path / "run", tmp_path / "nothing"]) == []
    with pytest.raises(StudioError, match="holds no training of a GAN"):
        GanReader(tmp_path / "run").read()


@given(st.floats(1e-3, 1e6))
def test_ticks_are_round_and_few(end: float) -> None:
    step = nice_step(end, 4)
    assert end / step <= 4 * (1 + 1e-6)
    mantissa = step / 10 ** math.floor(math.log10(step) + 1e-9)
    assert min(abs(mantissa - m) for m in (1, 2, 5, 10)) < 1e-6
