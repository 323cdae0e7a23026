"""The set builder as people use it: rows, filters, the job, the set it leaves."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from morphing import write_random
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio import jobs
from studio.errors import StudioError
from studio.generate.builder.filters import FilterResult, Filters
from studio.generate.builder.recipe import (
    AgreementFilter,
    MemorisationFilter,
    SetRecipe,
    read_recipe,
    write_recipe,
)
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.generate.builder.page import SetBuilderPage
from studio.workflows.generate.built_sets import read_set

NEVUS, MELANOMA = "nevus", "melanoma"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A conditional network of the classes nevus and melanoma."""
    folder = tmp_path_factory.mktemp("networks")
    return write_random(folder / "both.safetensors", resolution=16, c_dim=2)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network without classes."""
    folder = tmp_path_factory.mktemp("networks")
    return write_random(folder / "plain.safetensors", resolution=16)


@pytest.fixture
def page(
    qtbot: QtBot,
    context: StudioContext,
    both: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SetBuilderPage]:
    """The page of a project with two labels; the job runs in this process, in a thread."""
    monkeypatch.setattr("studio.compute.allocator.keep_memory", lambda: False)
    monkeypatch.setattr("studio.jobs.control.start", lambda run_dir: jobs.run_here(run_dir) and 1)
    monkeypatch.setattr("studio.jobs.start", lambda run_dir: jobs.run_here(run_dir) and 1)
    monkeypatch.setattr("studio.jobs.resume", lambda run_dir, kind: jobs.run_here(run_dir) and 1)
    context.settings.set("generate.network", str(both))
    context.new_project(tmp_path / "clinic", [NEVUS, MELANOMA], MELANOMA)
    made = SetBuilderPage(context)
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.set_project(context.project)
    made.show()
    made.activate()
    settle(qtbot, made)
    yield made
    made.close_workspace()


def settle(qtbot: QtBot, page: SetBuilderPage) -> None:
    def quiet() -> bool:
        return not Task.running() and not page.busy and not page.building

    qtbot.waitUntil(quiet, timeout=60_000)
    qtbot.wait(20)
    qtbot.waitUntil(quiet, timeout=60_000)


def few(page: SetBuilderPage, count: int = 3) -> None:
    for row in page.entries.rows:
        row.count.setValue(count)


def build(qtbot: QtBot, page: SetBuilderPage) -> None:
    assert page.form.button.isEnabled(), page.form.problem.text()
    qtbot.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
    settle(qtbot, page)


def test_it_begins_with_the_labels_and_the_last_network(page: SetBuilderPage, both: Path) -> None:
    assert [row.name.text() for row in page.entries.rows] == [NEVUS, MELANOMA]
    assert {row.fields()["network"] for row in page.entries.rows} == {str(both)}
    assert page.form.recipe is not None
    assert page.form.recipe.count == 5000
    assert f"--network {both}" in page.form.command.text()
    assert page.form.out.text().endswith("gan-set-1")
    assert page.results.stack.currentWidget() is page.results.none


def test_a_set_is_built_shown_and_handed_to_training(
    qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(page)
    page.form.pixels.set_value(64)
    build(qtbot, page)
    [one] = page.results.sets
    assert (one.name, one.state, one.kept, one.rejected) == ("gan-set-1", "finished", 6, 0)
    assert sorted(p.name for p in (one.out / NEVUS).iterdir()) == [
        f"{NEVUS}-seed000{seed}.png" for seed in range(3)
    ]
    assert [picture.seed for picture in page.results.sheet.images.images] == [0, 1, 2] * 2
    page.results.class_.set_value(MELANOMA)
    assert {picture.label for picture in page.results.sheet.images.images} == {MELANOMA}
    assert "not independent" in page.results.notes.text()
    assert page.form.out.text().endswith("gan-set-2")
    monkeypatch.setattr(page.context, "go_to", lambda _: None)
    with qtbot.waitSignal(page.context.train_requested) as handed:
        qtbot.mouseClick(page.results.train, Qt.MouseButton.LeftButton)
    assert handed.args[0] == {"train": one.out, "positive": MELANOMA}


def test_rows_are_added_and_removed(qtbot: QtBot, page: SetBuilderPage, plain: Path) -> None:
    qtbot.mouseClick(page.add_button, Qt.MouseButton.LeftButton)
    row = page.entries.rows[-1]
    assert not page.form.button.isEnabled()
    assert "Give every row a label" in page.form.problem.text()
    qtbot.keyClicks(row.name, "wart")
    row.set_network(str(plain))
    assert not row.class_.isEnabled()
    assert page.form.recipe is not None
    assert f"--class wart=2500@{plain}" in page.form.command.text()
    qtbot.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert [one.name.text() for one in page.entries.rows] == [NEVUS, MELANOMA]
    page.remove_entry()
    page.remove_entry()
    assert len(page.entries.rows) == 1
    assert not page.entries.rows[0].remove.isEnabled()


def test_a_file_that_is_no_network_is_refused(
    qtbot: QtBot, page: SetBuilderPage, both: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "notes.safetensors"
    other.write_text("not a network")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(other), ""))
    row = page.entries.rows[0]
    row.network.setCurrentIndex(row.network.count() - 1)
    said = "notes.safetensors is not a network file of the studio."
    assert page.trouble.words() == said
    assert page.trouble.kind == "error"
    assert row.fields()["network"] == str(both)
    qtbot.keyClicks(row.name, "s")
    assert not page.trouble.words()


def test_filters_ask_for_what_they_need(page: SetBuilderPage, tmp_path: Path) -> None:
    filters = page.form.filters
    filters.agree.setChecked(True)
    assert page.form.problem.text() == "Choose the trained run that must agree."
    assert not page.form.button.isEnabled()
    filters._add(str(tmp_path / "run"))
    filters.minimum.setValue(0.8)
    filters.near.setChecked(True)
    assert "training pictures of the network" in page.form.problem.text()
    filters.data.set_text(str(tmp_path / "nowhere"))
    assert "--agree-min 0.8 --not-memorised" in page.form.command.text()
    page.form.request()
    assert not page.building
    assert "There is no" in filters.data_field._note.text()
    filters.agree.setChecked(False)
    filters.near.setChecked(False)
    assert "--agree" not in page.form.command.text()


def test_too_few_is_said_and_not_trained_on(
    qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nevi_only(self: Filters, label: str, pictures: object) -> list[FilterResult]:
        return [FilterResult(None if label == NEVUS else "agreement") for _ in pictures]

    monkeypatch.setattr(Filters, "judge_pictures", nevi_only)
    few(page)
    build(qtbot, page)
    assert "melanoma has 0 of 3 pictures" in page.results.short.text()
    assert not page.results.train.isEnabled()
    assert page.results.counts.rows.row(1) == (MELANOMA, 3, 3, 0, 3, 0)


def test_a_stopped_set_goes_on(
    qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(page, 20)
    with monkeypatch.context() as patch:
        patch.setattr("studio.jobs.JobContext.stop_requested", lambda _: True)
        build(qtbot, page)
    [one] = page.results.sets
    assert one.state == "stopped"
    assert not page.results.train.isEnabled()
    assert page.results.resume.isVisible()
    qtbot.mouseClick(page.results.resume, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert page.results.sets[0].kept == 40
    assert not page.results.resume.isVisible()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Processes are started only when it opens."""
    gate = threading.Event()

    def start(run_dir: Path, kind: str = "") -> int:
        assert gate.wait(20)
        jobs.run_here(run_dir, keep_stop=True)
        return 1

    for name in ("studio.jobs.control.start", "studio.jobs.start", "studio.jobs.resume"):
        monkeypatch.setattr(name, start)
    yield gate
    gate.set()


def stopped_set(qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch) -> None:
    few(page, 20)
    with monkeypatch.context() as patch:
        patch.setattr("studio.jobs.JobContext.stop_requested", lambda _: True)
        build(qtbot, page)


def test_no_set_goes_on_beside_the_one_that_is_built(
    qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    stopped_set(qtbot, page, monkeypatch)
    gate = request.getfixturevalue("gate")
    [one] = page.results.sets
    qtbot.mouseDClick(page.results.resume, Qt.MouseButton.LeftButton)
    page.resume(one)
    assert not page.results.resume.isEnabled()
    assert not next(a for a in page.actions() if a.id == "sets.resume").enabled()
    begun = []
    monkeypatch.setattr("studio.workflows.generate.build.start_build", lambda *_: begun.append(1))
    assert page.form.recipe is not None
    page.build(page.form.recipe, one.out.with_name("beside"))
    said: list[str] = []
    page.context.toasted.connect(lambda text, _: said.append(text))
    gate.set()
    settle(qtbot, page)
    assert (begun, said) == ([], [])
    assert page.results.sets[0].kept == 40


def test_a_stop_while_the_process_is_started_is_kept(
    qtbot: QtBot, page: SetBuilderPage, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []
    monkeypatch.setattr("studio.jobs.request_stop", asked.append)
    few(page)
    qtbot.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
    assert page.building
    assert next(a for a in page.actions() if a.id == "sets.stop").enabled()
    qtbot.mouseClick(page.form.job.button, Qt.MouseButton.LeftButton)
    assert page.form.job.note.text() == "stopping…"
    assert not page.form.job.button.isEnabled()
    assert asked == []
    gate.set()
    settle(qtbot, page)
    assert asked == [page.results.sets[0].run_dir]
    assert not page.form.job.isVisible()


def test_a_recipe_is_saved_and_opened(
    page: SetBuilderPage, tmp_path: Path, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.entries.rows[0].first.setValue(500)
    page.entries.rows[1].class_.set_value(NEVUS)
    page.entries.rows[1].truncation.setValue(0.7)
    page.form.format.set_value("jpg")
    page.form.filters.near.setChecked(True)
    page.form.filters.data.set_text(str(tmp_path))
    assert "--recipe" in page.form.command.text()
    assert page.form.note.isVisible()
    file = tmp_path / "set.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    page.choose_save()
    saved = read_recipe(file)
    assert saved == page.form.recipe
    page.entries.clear()
    page.entries.add("other")
    page.form.filters.near.setChecked(False)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    page.choose_open()
    assert page.form.recipe == saved


def test_what_a_recipe_sets_without_a_control_is_said_and_goes_with_it(
    page: SetBuilderPage, tmp_path: Path
) -> None:
    form, filters = page.form, page.form.filters
    plain = form.recipe
    assert plain is not None
    near = MemorisationFilter(data=str(tmp_path), quantile=0.2, space="inception:/far/weights.pt")
    agreement = AgreementFilter(run=str(tmp_path / "run"), minimum=0.9)
    special = plain.model_copy(
        update={"not_memorised": near, "agreement": agreement, "format": "jpg", "quality": 70}
    )
    form.show_recipe(special)
    assert form.recipe == special
    assert "than 20 % of these" in filters.held_field._note.text()
    assert "inception, weights.pt" in filters.space.text()
    assert filters.space.isVisibleTo(page)
    assert "quality 70" in form.quality.text()
    assert form.quality.isVisibleTo(page)
    form.show_recipe(plain)
    form.format.set_value("jpg")
    for box in (filters.agree, filters.near):
        box.setChecked(True)
    assert filters.data.text() == ""
    assert "than 1 % of these" in filters.held_field._note.text()
    assert filters.space.isHidden()
    assert form.quality.isHidden()
    filters.data.set_text(str(tmp_path))
    assert form.recipe is not None
    assert form.recipe.not_memorised == MemorisationFilter(data=str(tmp_path))
    assert form.recipe.agreement is not None
    assert form.recipe.agreement.minimum == 0.5
    form.show_recipe(special)
    form.set_project(page.context.project)
    assert form.recipe is not None
    assert form.recipe.quality == 95
    assert form.recipe.not_memorised == MemorisationFilter(data=str(tmp_path))


def test_a_recipe_whose_network_is_gone_is_refused(
    qtbot: QtBot, page: SetBuilderPage, tmp_path: Path
) -> None:
    assert page.form.recipe is not None
    content = json.loads(page.form.recipe.model_dump_json())
    content["entries"][0]["network"] = str(tmp_path / "gone.safetensors")
    (tmp_path / "set.json").write_text(json.dumps(content))
    page.open_recipe(tmp_path / "set.json")
    assert "There is no network file" in page.trouble.words()
    assert page.entries.rows


def test_a_recipe_whose_network_is_gone_changes_nothing(
    qtbot: QtBot, page: SetBuilderPage, tmp_path: Path
) -> None:
    page.entries.rows[0].name.setText("nevus")
    before = [row.fields() for row in page.entries.rows]
    gone = {"label": "melanoma", "network": "/nope.safetensors", "count": 2}
    fields = page.form.fields()
    fields["entries"] = [*fields["entries"], gone]
    write_recipe(tmp_path / "gone.json", SetRecipe.of(**fields))
    page.open_recipe(tmp_path / "gone.json")
    assert "nope.safetensors" in page.trouble.words()
    assert [row.fields() for row in page.entries.rows] == before


def test_rows_of_the_same_pictures_are_said_before_a_job(page: SetBuilderPage) -> None:
    first = page.entries.rows[0]
    first.name.setText("nevus")
    second = page.entries.add("nevus")
    assert "would hold the same pictures" in page.form.problem.text()
    assert not page.form.button.isEnabled()
    second.first.setValue(first.first.value() + first.count.value())
    assert page.form.problem.text() == ""


def test_the_time_is_estimated(qtbot: QtBot, page: SetBuilderPage) -> None:
    qtbot.mouseClick(page.form.estimate, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert "on this machine" in page.form.words.text()


@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(0.2, "Less than a second on this machine."), (12.4, "About 12 s on this machine.")],
)
def test_a_time_of_nothing_is_no_time(page: SetBuilderPage, seconds: float, sentence: str) -> None:
    page.form.say_time(seconds)
    assert page.form.words.text().endswith(sentence)


def test_a_label_that_the_network_does_not_know_is_said_before_a_job(page: SetBuilderPage) -> None:
    row = page.entries.rows[0]
    row.name.setText("wart")
    assert "no class wart" in page.form.problem.text()
    assert "nevus, melanoma" in page.form.problem.text()
    assert row.class_.property("invalid")
    assert not page.form.button.isEnabled()
    row.class_.set_value(NEVUS)
    assert page.form.problem.text() == ""
    assert not row.class_.property("invalid")
    row.name.setText("a/b")
    assert row.name.property("invalid")
    assert not row.class_.property("invalid")
    assert "character that a label cannot have" in row.name.toolTip()
    row.name.setText("nevus")
    assert not row.name.property("invalid")
    row.class_.set_value(None)
    row.name.setText("1")  # a class by its number
    assert page.form.button.isEnabled()


def test_why_a_set_failed_is_on_its_page(
    qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StudioError("The disk is full.")

    monkeypatch.setattr("studio.workflows.generate.build.build_set", refuse)
    said: list[str] = []
    page.context.toasted.connect(lambda text, _: said.append(text))
    few(page)
    build(qtbot, page)
    assert page.results.sets[0].state == "failed"
    assert page.results.short.text() == "The disk is full."
    assert not page.results.resume.isVisible()  # nothing was begun
    assert said == []  # the bar of jobs says it, once
    one = page.results.sets[0]
    part = one.out.with_name(f"{one.out.name}.part")
    part.mkdir(parents=True)
    (part / "journal.jsonl").write_text("{}")
    page.results._show_chosen()
    assert page.results.resume.isVisible()


def test_long_names_and_paths_do_not_push(qtbot: QtBot, page: SetBuilderPage) -> None:
    before = page.results.minimumSizeHint().width()
    page.results.path.setVisible(True)
    page.results.path.setText("/far" * 100)
    qtbot.wait(10)
    assert page.results.minimumSizeHint().width() < before + 200
    assert page.results.path.shown().count("…") == 1
    network = page.entries.rows[0].network
    network.addItem("A long training of both classes " * 5 + "· best · 64 px", "other")
    network.setCurrentIndex(network.count() - 1)
    assert network.shown().endswith("px")
    assert "…" in network.shown()
    assert not network.grab().isNull()


def test_a_folder_that_is_taken_is_refused(page: SetBuilderPage, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_text("mine")
    page.form.out.set_text(str(tmp_path / "mine"))
    page.form.request()
    assert "nothing is overwritten" in page.form.out_field._note.text()
    assert not page.building


def test_the_command_is_copied(qtbot: QtBot, page: SetBuilderPage) -> None:
    qtbot.mouseClick(page.form.copy_button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == page.form.command.text()


def test_what_is_no_set_is_left_out(tmp_path: Path) -> None:
    assert read_set(tmp_path) is None
    (tmp_path / "job.json").write_text('{"kind": "build-set", "title": "x", "params": {}}')
    assert read_set(tmp_path) is None


def test_a_manifest_that_points_elsewhere_is_refused(qtbot: QtBot, page: SetBuilderPage) -> None:
    few(page, 1)
    build(qtbot, page)
    [one] = page.results.sets
    manifest = json.loads((one.out / "manifest.json").read_text())
    manifest["files"][0]["path"] = "../../secret.png"
    (one.out / "manifest.json").write_text(json.dumps(manifest))
    page.results._detail_of = None
    page.results._show_chosen()
    settle(qtbot, page)
    assert "is not the manifest of a set" in page.results.notes.text()


def test_the_pictures_so_far_are_shown(
    qtbot: QtBot, page: SetBuilderPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    few(page, 20)
    asked = iter([False, False, True])
    with monkeypatch.context() as patch:
        patch.setattr("studio.jobs.JobContext.stop_requested", lambda _: next(asked))
        build(qtbot, page)
    seeds = [(one.label, one.seed) for one in page.results.sheet.images.images]
    assert seeds == [(NEVUS, seed) for seed in range(16)]
    assert all(Path(one.file).is_file() for one in page.results.sheet.images.images)


def test_every_key_has_its_action(page: SetBuilderPage) -> None:
    names = {action.id for action in page.actions()}
    assert {"sets.build", "sets.stop", "sets.train"} <= names
    assert set(page.hints()) <= names | {"palette.open", "help.keys"}
    assert page.context.keymap.text("sets.build") == "Ctrl+Enter"
