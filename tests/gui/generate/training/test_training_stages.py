"""Stages as people plan them: beginning, walking the graph, editing, beginning a training."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_training import MadeTraining
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.errors import StudioError
from studio.jobs import JobSpec
from studio.jobs.control import status
from studio.jobs.events import EventWriter
from studio.ui.generate.pages import MORPH, TRAINING
from studio.ui.generate.training.page import TrainingPage
from studio.ui.generate.workspace import GenerateWorkspace
from studio.ui.window import StudioWindow
from studio.workflows.generate.presets import paper, small
from studio.workflows.generate.stages import StageData, load_plan

LEFT = Qt.MouseButton.LeftButton
KEY, CTRL, ALT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
NONE = Qt.KeyboardModifier.NoModifier


def press(qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier = NONE) -> None:
    """Press a key where the focus is."""
    qtbot.keyClick(QApplication.focusWidget(), key, modifier)


def plan_of(page: TrainingPage) -> Any:
    assert page.model.project is not None
    page.model.save_now()
    return load_plan(page.model.project)


@pytest.fixture
def staged(page: TrainingPage, settled: Callable[[], None]) -> TrainingPage:
    """The paper's stages on the page."""
    page.model.use(paper())
    settled()
    return page


def test_pages_have_keys_and_are_remembered(
    qtbot: QtBot, workspace: GenerateWorkspace, page: TrainingPage
) -> None:
    settings = workspace.context.settings
    assert (workspace.pages.name, workspace.mode) == (TRAINING, "generate.training")
    press(qtbot, KEY.Key_1, ALT)
    assert (workspace.pages.name, workspace.mode) == (MORPH, "generate")
    assert workspace.empty.button.hasFocus()
    assert settings.get("generate.room") == MORPH
    press(qtbot, KEY.Key_2, ALT)
    assert workspace.pages.current is page
    assert settings.get("generate.room") == TRAINING
    qtbot.mouseClick(workspace.pages.bar, LEFT, pos=workspace.pages.bar.tabRect(0).center())
    assert workspace.pages.name == MORPH


def test_the_empty_desk_says_what_it_is_for_and_begins(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None]
) -> None:
    assert page.middle.currentWidget() is page.beginning
    assert page.left.isHidden()
    assert "no accepted crop yet" in page.beginning.text.text()
    assert page.beginning.button.hasFocus()
    qtbot.mouseClick(page.beginning.button, LEFT)
    settled()
    assert page.middle.currentWidget() is page.stages
    assert [stage.name for stage in plan_of(page).stages] == ["Small network"]
    assert plan_of(page).stages[0].data.kind == "sample"
    assert page.form.start_button.isEnabled()
    assert page.stages.graph.hasFocus()


def test_a_project_with_crops_begins_on_them(
    qtbot: QtBot, window: StudioWindow, page: TrainingPage, project_path: Path,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    from studio.project import Action, Project

    with Project.open(project_path) as project:
        for box in project.boxes.of_image(1):
            after = {"state": "accepted"}
            project.events.change(box.id, Action.ACCEPT, after, "Ana")
    window.context.open_project(project_path)
    settled()
    assert "the 1 accepted crops of this project" in page.beginning.text.text()
    qtbot.mouseClick(page.beginning.button, LEFT)
    settled()
    assert page.model.plan.stages[0].data.kind == "project"
    assert page.model.state is not None
    assert page.model.state.state == "ready"


def test_arrow_keys_walk_the_graph_and_enter_opens(
    qtbot: QtBot, staged: TrainingPage, settled: Callable[[], None]
) -> None:
    graph, form = staged.stages.graph, staged.form
    assert graph.hasFocus()
    assert graph.current == "LESION130k"
    press(qtbot, KEY.Key_Right)
    assert graph.current == "Melanoma"
    assert form.name.text() == "Melanoma"
    press(qtbot, KEY.Key_Down)
    press(qtbot, KEY.Key_Down)
    assert staged.model.current == "Both"
    assert form.controls["batch"].get() == 32
    assert "batch 32" in graph.accessibleDescription()
    press(qtbot, KEY.Key_Left)
    assert graph.current == "LESION130k"
    press(qtbot, KEY.Key_Return)
    assert form.name.hasFocus()
    nevus = graph.rect_of("Nevus").center()
    qtbot.mouseClick(graph, LEFT, pos=nevus)
    assert form.name.text() == "Nevus"


def test_a_stage_says_what_it_lacks(staged: TrainingPage) -> None:
    card = staged.stages.graph.card("LESION130k")
    assert (card.state, card.words) == ("no_data", "no pictures yet")
    details = staged.stages.details
    assert "ffhq512" in details.missing.text()
    assert "132,673" in details.missing.text()
    assert not staged.form.start_button.isEnabled()
    assert "ffhq512" in staged.form.why_not.text()


def test_what_is_typed_is_kept_checked_and_undone(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None]
) -> None:
    page.model.use(small())
    settled()
    form = page.form
    batch = form.controls["batch"].widget
    batch.setFocus()
    batch.selectAll()  # type: ignore[attr-defined]
    qtbot.keyClicks(batch, "6")
    press(qtbot, KEY.Key_Return)
    settled()
    assert plan_of(page).stages[0].settings["batch"] == 6
    assert "6 at once are not whole groups" in form.fields["batch"]._note.text()
    assert not form.start_button.isEnabled()
    page.stages.graph.setFocus()
    press(qtbot, KEY.Key_Z, CTRL)
    settled()
    assert page.model.stage is not None
    assert page.model.stage.settings["batch"] == 16
    assert form.start_button.isEnabled()
    press(qtbot, KEY.Key_Y, CTRL)
    assert page.model.stage.settings["batch"] == 6


def test_pictures_and_beginning_are_chosen(
    page: TrainingPage, photographs: Path, settled: Callable[[], None]
) -> None:
    page.model.use(small())
    settled()
    data = page.form.data_fields
    data.what.set_value(("folder", ""))
    data.path.set_text(str(photographs))
    settled()
    offered = [data.only.itemData(n) for n in range(data.only.count())]
    assert offered == ["", "malignantmelanoma", "melanocyticnevus"]
    data.only.set_value("malignantmelanoma")
    settled()
    stage = plan_of(page).stages[0]
    assert (stage.data.path, stage.data.only) == (str(photographs), "malignantmelanoma")
    assert page.model.state is not None
    assert page.model.state.state == "ready"
    start = page.form.start_fields
    start.what.set_value(("network", ""))
    start.file.set_text("/nowhere/ffhq.pkl")
    settled()
    assert plan_of(page).stages[0].start.file == "/nowhere/ffhq.pkl"
    assert "ffhq.pkl is not there" in page.form.why_not.text()


def begin_training(page: TrainingPage, made: Any, name: str) -> None:
    """A run of the stage goes on, as if this process trained it."""
    made.plan().live()
    page.model.attach(name, made.run_dir)


def test_what_is_being_typed_outlives_the_steps_of_another_stages_training(
    qtbot: QtBot, staged: TrainingPage, new_run: Callable[..., Any], settled: Callable[[], None]
) -> None:
    page, made, controls = staged, new_run(), staged.form.controls
    begin_training(page, made, "LESION130k")
    page.model.select("Melanoma")
    settled()
    controls["metrics"].widget.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "dino:")
    made.step(30)
    page.model.refresh_states()
    settled()
    assert controls["metrics"].get() == "lite0dino:"
    batch: Any = controls["batch"].widget
    batch.setFocus()
    batch.selectAll()
    qtbot.keyClicks(batch, "48")
    made.step(60)
    page.model.refresh_states()
    settled()
    assert page.stages.graph.card("LESION130k").share == 0.5
    assert batch.text() == "48"
    page.model.attach("Both", made.run_dir)  # the plan is another, this setting is not
    assert batch.text() == "48"
    page.model.select("Both")
    assert batch.text() == "32"
    page.model.update(settings={**page.model.stage.settings, "batch": 8})  # type: ignore[union-attr]
    page.model.undo()
    assert batch.text() == "32"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)  # raising its window
def test_an_open_list_stays_as_it_hangs_while_another_stage_trains(
    qtbot: QtBot, staged: TrainingPage, new_run: Callable[..., Any], settled: Callable[[], None]
) -> None:
    page, made = staged, new_run()
    begin_training(page, made, "LESION130k")
    page.model.select("Melanoma")
    settled()
    for choice in (page.form.data_fields.what, page.form.start_fields.what):
        choice.showPopup()
        qtbot.keyClick(choice.view(), KEY.Key_End)
        last = choice.count() - 1
        assert choice.view().currentIndex().row() == last
        made.step(30 + choice.count())
        page.model.refresh_states()
        settled()
        assert choice.view().currentIndex().row() == last
        choice.hidePopup()


def test_no_grid_stands_under_the_name_of_another_stage(
    qtbot: QtBot, staged: TrainingPage, new_run: Callable[..., Any], settled: Callable[[], None]
) -> None:
    page, details, names = staged, staged.stages.details, ("LESION130k", "Melanoma")
    runs = [new_run(name).until(10).gone() for name in names]
    (runs[1].run_dir / "fakes000010.png").write_bytes(b"no picture")
    for name, made in zip(names, runs, strict=True):
        page.model.attach(name, made.run_dir)
    settled()
    qtbot.waitUntil(lambda: details.picture.isVisible() and not details.grid.empty, timeout=8000)
    page.model.select("Melanoma")
    assert details.grid.empty
    qtbot.waitUntil(lambda: "fakes000010.png" in details.grid.note, timeout=8000)
    assert details.picture.isVisible()
    page.model.select("LESION130k")
    qtbot.waitUntil(lambda: not details.grid.empty, timeout=8000)
    page.model.select("Nevus")
    assert details.picture.isHidden()
    page.model.select("Melanoma")
    qtbot.waitUntil(lambda: "fakes000010.png" in details.grid.note, timeout=8000)


def test_stages_are_added_renamed_and_removed(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None]
) -> None:
    page.model.use(small())
    settled()
    press(qtbot, KEY.Key_N)
    assert page.model.current == "New stage"
    assert page.model.stage is not None
    assert page.model.stage.start.stage == "Small network"
    assert page.stages.graph.arrangement.arrows == (("Small network", "New stage"),)
    settled()
    assert page.model.state is not None
    assert page.model.state.state == "no_data"
    name = page.form.name
    name.setFocus()
    name.selectAll()
    qtbot.keyClicks(name, "Small network")
    with qtbot.waitSignal(page.context.toasted) as said:
        press(qtbot, KEY.Key_Return)
    assert "same name" in said.args[0]
    qtbot.keyClicks(name, " 2")
    press(qtbot, KEY.Key_Return)
    page.stages.graph.setFocus()
    press(qtbot, KEY.Key_Delete)
    assert [stage.name for stage in plan_of(page).stages] == ["Small network"]


def test_starting_a_stage_opens_its_run(
    qtbot: QtBot, page: TrainingPage, new_run: Callable[..., Any], settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    made = new_run()
    monkeypatch.setattr(
        "studio.workflows.generate.stage_work.start_stage",
        lambda *_: made.plan().live().run_dir,
    )
    page.model.use(small())
    settled()
    qtbot.mouseClick(page.form.start_button, LEFT)
    qtbot.waitUntil(lambda: page.at_run and page.view.run is not None, timeout=8000)
    settled()
    assert page.follower.run_dir == made.run_dir
    assert plan_of(page).stages[0].run == "runs/0001-gan-train"
    assert page.context.jobs.get(made.run_dir) is not None
    assert page.model.state is not None
    assert page.model.state.state == "running"
    press(qtbot, KEY.Key_Escape)
    assert page.middle.currentWidget() is page.stages
    made.step(30)
    page.model.refresh_states()
    settled()
    card = page.stages.graph.card("Small network")
    assert (card.share, card.words) == (0.25, "25 % · 30 of 120 kimg")
    assert not page.form.area.isEnabled()
    press(qtbot, KEY.Key_Return)
    assert page.at_run


def test_a_stopped_stage_is_resumed_first_and_says_its_own_numbers(
    qtbot: QtBot, page: TrainingPage, new_run: Callable[..., Any], settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    [only], done = small().stages, []
    made = new_run(options=only.settings).plan()
    made.step(30)
    made.say("stopped")
    made.gone()
    going_on = "studio.workflows.generate.stage_work.resume_stage"
    monkeypatch.setattr(going_on, lambda run_dir, kimg=None: done.append((run_dir, kimg)))
    started = "studio.workflows.generate.stage_work.start_stage"
    monkeypatch.setattr(started, lambda *_: done.append("anew") or made.run_dir)
    page.model.use(small())
    settled()
    page.model.attach("Small network", made.run_dir)
    assert page.model.stage is not None
    page.model.update(settings={**page.model.stage.settings, "kimg": 3.0})
    settled()
    form = page.form
    assert form.start_button.text() == "Resume"
    assert form.anew_button.isVisible()
    card = page.stages.graph.card("Small network")
    assert card.words == "stopped at 25 % · 30 of 120 kimg · settings changed since"
    page.stages.graph.setFocus()
    press(qtbot, KEY.Key_Return, CTRL)
    qtbot.waitUntil(lambda: done == [(made.run_dir, None)], timeout=8000)
    settled()
    assert not page.at_run
    made.say("finished")
    page.model.refresh_states()
    settled()
    card = page.stages.graph.card("Small network")
    assert card.words == "done · 120 kimg · settings changed since"
    assert form.start_button.text() == "Train again"
    assert not form.anew_button.isVisible()
    page.model.update(settings={**page.model.stage.settings, "kimg": 300.0})
    settled()
    assert form.start_button.text() == "Go on to 300 kimg"
    assert form.anew_button.isVisible()
    card = page.stages.graph.card("Small network")
    assert card.words == "done · 120 kimg, 300 asked for"
    press(qtbot, KEY.Key_R, CTRL)
    qtbot.waitUntil(lambda: done[1:] == [(made.run_dir, 300.0)], timeout=8000)


def test_a_training_stays_in_the_project_that_began_it(
    qtbot: QtBot, page: TrainingPage, new_run: Callable[..., Any], settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    """Another is opened while its pictures are made ready; its stage has the same name."""
    made, ready = new_run(), threading.Event()

    def start_slowly(*_: object) -> Path:
        assert ready.wait(20)
        return made.run_dir

    monkeypatch.setattr("studio.workflows.generate.stage_work.start_stage", start_slowly)
    page.model.use(small())
    settled()
    qtbot.mouseClick(page.form.start_button, LEFT)
    page.context.new_project(tmp_path / "other", ["nevus", "melanoma"])
    page.model.use(small())
    ready.set()
    qtbot.waitUntil(lambda: not page.form.busy, timeout=8000)
    settled()
    assert plan_of(page).stages[0].run == ""
    assert not page.at_run


@pytest.fixture
def gate(page: TrainingPage, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Trainings start only when it opens, and go on as if this process ran them."""
    gate = threading.Event()

    def start(run_dir: Path, *_: object, title: str) -> None:
        assert gate.wait(20)
        MadeTraining(run_dir, title).plan().live()

    monkeypatch.setattr("studio.workflows.generate.stage_work.data_of", lambda *_: "crops")
    monkeypatch.setattr("studio.workflows.generate.training.start_training", start)
    yield gate
    gate.set()


def test_a_training_is_named_in_its_project_though_another_is_open_by_then(
    qtbot: QtBot, page: TrainingPage, gate: threading.Event, settled: Callable[[], None],
    tmp_path: Path,
) -> None:  # fmt: skip
    page.model.use(small())
    settled()
    first = page.model.project
    assert first is not None
    qtbot.mouseClick(page.form.start_button, LEFT)
    page.context.new_project(tmp_path / "other", ["nevus", "melanoma"])
    gate.set()
    settled()
    assert not page.at_run
    page.context.open_project(first.path)
    settled()
    assert page.model.plan.stages[0].run == "runs/0001-gan-train"
    assert page.model.state is not None
    assert page.model.state.state == "running"


def test_a_training_is_named_in_its_project_that_was_closed_and_is_open_again(
    qtbot: QtBot, page: TrainingPage, gate: threading.Event, settled: Callable[[], None],
    tmp_path: Path,
) -> None:  # fmt: skip
    page.model.use(small())
    settled()
    first = page.model.project
    assert first is not None
    qtbot.mouseClick(page.form.start_button, LEFT)
    page.context.new_project(tmp_path / "other", ["nevus", "melanoma"])
    page.context.open_project(first.path)
    gate.set()
    qtbot.waitUntil(lambda: page.at_run, timeout=8000)
    settled()
    assert plan_of(page).stages[0].run == "runs/0001-gan-train"


def test_a_stage_that_is_made_ready_keeps_its_name_until_its_run_has_it(
    qtbot: QtBot, page: TrainingPage, gate: threading.Event, settled: Callable[[], None]
) -> None:
    page.model.use(small())
    page.model.update(name="Renamed")
    settled()
    said: list[str] = []
    page.context.toasted.connect(lambda text, _: said.append(text))
    qtbot.mouseClick(page.form.start_button, LEFT)
    name, model = page.form.name, page.model
    name.setFocus()
    qtbot.keyClicks(name, " again")
    press(qtbot, KEY.Key_Return)
    for change in (model.undo, model.remove, lambda: model.use(paper())):
        change()
    assert len(said) == 4
    assert all("Renamed is being made ready" in text for text in said)
    model.update(note="edited meanwhile")
    gate.set()
    qtbot.waitUntil(lambda: page.at_run, timeout=8000)
    settled()
    [only] = plan_of(page).stages
    assert (only.name, only.note, only.run) == (
        "Renamed", "edited meanwhile", "runs/0001-gan-train"
    )  # fmt: skip
    model.update(name="Renamed again")
    assert plan_of(page).stages[0].run == "runs/0001-gan-train"


def test_what_cannot_be_started_is_said(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> Path:
        raise StudioError("No picture could be read.")

    monkeypatch.setattr("studio.workflows.generate.stage_work.start_stage", refuse)
    page.model.use(small(StageData(kind="sample")))
    settled()
    with qtbot.waitSignal(page.context.toasted) as said:
        press(qtbot, KEY.Key_Return, CTRL)
    assert said.args == ["No picture could be read.", "error"]
    settled()
    assert page.form.start_button.isEnabled()
    assert not page.at_run


@pytest.mark.parametrize("failed", [False, True])
def test_an_estimate_is_of_the_stage_that_it_was_asked_for(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
    failed: bool,
) -> None:  # fmt: skip
    from studio import jobs

    def probe(folder: Path, _options: object) -> None:
        jobs.create(folder, JobSpec(kind="rehearsal", title="Estimate"))
        from studio.jobs.process import RunHolder

        RunHolder(1, "gone", RunHolder.of(1, 0).host, 0).write(folder)
        with EventWriter(folder) as writer:
            if failed:
                writer.write("failed", {"message": "Not enough memory."})
                return
            result = {"seconds_per_kimg": 62.5, "memory_mb": 1228.8, "fits": True, "sentence": ""}
            writer.write("finished", {"result": result})
        assert status(folder).state == "finished"

    monkeypatch.setattr("studio.workflows.generate.stage_work.start_probe", probe)
    page.model.use(small())
    settled()
    press(qtbot, KEY.Key_E)
    words = page.stages.details.estimate
    assert not page.stages.details.picture.isVisible()  # no grid, and no caption of one
    assert words.text() == "Training a few steps apart to see what they take…"
    qtbot.waitUntil(lambda: "apart" not in words.text(), timeout=8000)
    expected = "No estimate: Not enough memory." if failed else (
        "About 2 h 05 min on this computer, 1.2 GB."
    )  # fmt: skip
    assert words.text() == expected
    settled()
    assert page.model.project is not None
    assert not list((page.model.project.cache_dir / "gan-probe").iterdir())
    page.model.update(settings={**small().stages[0].settings, "kimg": 60.0})
    if not failed:
        assert words.text() == "About 62 min on this computer, 1.2 GB."
    page.model.update(settings={**small().stages[0].settings, "batch": 8})
    assert words.text() == ""


def test_an_estimate_of_a_project_that_is_left_says_nothing_in_another(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:  # fmt: skip
    """Its probe is told to stop however late it starts, and its folder goes."""
    from studio import jobs
    from studio.jobs.process import RunHolder

    gate, folders, stopped = threading.Event(), [], []

    def probe(folder: Path, _options: object) -> None:
        folders.append(folder)
        if len(folders) == 1:
            assert gate.wait(20)
        jobs.create(folder, JobSpec(kind="rehearsal", title="Estimate"))
        RunHolder.of(os.getpid(), 0).write(folder)

    def stop(folder: Path) -> None:
        stopped.append(folder)
        RunHolder(1, "gone", RunHolder.of(1, 0).host, 0).write(folder)

    monkeypatch.setattr("studio.workflows.generate.stage_work.start_probe", probe)
    monkeypatch.setattr("studio.jobs.request_stop", stop)
    page.model.use(small())
    settled()
    press(qtbot, KEY.Key_E)
    qtbot.waitUntil(lambda: len(folders) == 1, timeout=8000)
    page.context.new_project(tmp_path / "other", ["nevus", "melanoma"])
    page.context.go_to("generate")  # a new project opens in Collect
    page.model.use(small())
    page.estimate()
    qtbot.waitUntil(lambda: len(folders) == 2, timeout=8000)
    gate.set()
    qtbot.waitUntil(lambda: stopped == folders[:1], timeout=8000)
    qtbot.waitUntil(lambda: not folders[0].exists(), timeout=8000)
    qtbot.wait(50)
    assert folders[1].exists()
    assert "apart" in page.stages.details.estimate.text()
    with EventWriter(folders[1]) as writer:
        writer.write("progress", {"done": 2, "total": 4})
    words = page.stages.details.estimate
    qtbot.waitUntil(lambda: "2 of 4 kinds of step are timed" in words.text(), timeout=8000)
    assert page.form.estimate_button.text() == "Stop estimate"
    press(qtbot, KEY.Key_E)
    assert words.text() == ""
    assert page.form.estimate_button.text() == "Estimate"
    qtbot.waitUntil(lambda: not folders[1].exists(), timeout=8000)
    settled()
    assert stopped == folders


def test_a_damaged_plan_is_said_and_the_desk_begins_anew(
    qtbot: QtBot, window: StudioWindow, page: TrainingPage, project_path: Path
) -> None:
    from studio.project import Project

    with Project.open(project_path) as project:
        project.set_setting("gan_stages", {"stages": "all"})
    said: list[str] = []
    window.context.toasted.connect(lambda text, kind: said.append(text))
    window.context.open_project(project_path)
    assert any("cannot be read" in text for text in said)
    assert page.middle.currentWidget() is page.beginning


def test_a_look_that_fails_is_said_once(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from studio.errors import StudioError
    from studio.ui.generate.training import plan_model

    def broken(project: object, plan: object) -> None:
        raise StudioError("The disk is gone: plug it in.")

    said: list[str] = []
    page.context.toasted.connect(lambda text, kind: said.append(text))
    for _ in range(2):
        with monkeypatch.context() as patched:
            patched.setattr(plan_model, "read_stage_states", broken)
            for _ in range(3):  # as polling does
                page.model.refresh_states()
                settled()
        page.model.refresh_states()
        settled()
    assert said == ["The disk is gone: plug it in."] * 2


def test_the_command_of_a_stage_is_copied(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None]
) -> None:
    page.model.use(small())
    settled()
    qtbot.mouseClick(page.stages.details.command_button, LEFT)
    text = QApplication.clipboard().text()
    assert text.startswith("can-studio sample-crops")
    assert " && can-studio gan train --data crops" in text
    page.model.use(paper())
    page.stages.graph.setFocus()
    with qtbot.waitSignal(page.context.toasted) as said:
        press(qtbot, KEY.Key_C, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert "Choose the pictures" in said.args[0]
    settled()


def test_a_project_that_another_holds_is_only_looked_at(
    qtbot: QtBot, page: TrainingPage, settled: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    page.model.use(small())
    settled()
    plan = plan_of(page)
    assert page.model.project is not None
    monkeypatch.setattr(page.model.project, "mode", "read")
    page.model.refresh_states()
    page.form.refresh()
    page.stages.refresh()
    settled()
    assert not page.form.area.isEnabled()
    assert not page.form.start_button.isEnabled()
    assert "read-only" in page.form.why_not.text()
    press(qtbot, KEY.Key_N)
    press(qtbot, KEY.Key_Delete)
    assert page.model.plan == plan
