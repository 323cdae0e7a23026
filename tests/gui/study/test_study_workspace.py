"""Studies in the window: making, choosing, results, and what may not be seen."""

import csv
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.looking import copied_data
from gui.plot_data import assert_table_is_what_is_drawn, plots_in
from studio.errors import StudioError
from studio.jobs.kinds import StudyParams
from studio.study import BuildPlan, Study, build_study
from studio.ui.plots.run_figures import write_figures
from studio.ui.study.summaries import read_summaries
from studio.ui.study.workspace import StudyWorkspace
from studio.ui.window import StudioWindow

Show = Callable[[], StudyWorkspace]
Make = Callable[..., Study]
Read = Callable[..., None]


def test_an_empty_project_says_what_the_workspace_is_for(
    qtbot: QtBot, clinic: Path, show: Show, window: StudioWindow
) -> None:
    work = show()
    assert work.middle.currentWidget() is work.empty
    assert work.side.none.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_8, Qt.KeyboardModifier.ControlModifier)
    assert window.current is work
    qtbot.mouseClick(work.empty.button, Qt.MouseButton.LeftButton)
    assert work.middle.currentWidget() is work.form


def test_the_form_says_what_is_missing_and_what_a_claim_needs(
    qtbot: QtBot, clinic: Path, show: Show
) -> None:
    work = show()
    work.new()
    form = work.form
    assert "228 answers" in form.words.text()
    told = "{0} for one who cannot tell the kinds apart, {1} for one who is right 52 % of the time"
    assert f"{told.format('84 %', '76 %')}, 45 % at 55 %." in form.words.text()
    form.per_kind.setValue(108)
    assert f"{told.format('80 %', '73 %')}, 43 % at 55 %." in form.words.text()
    assert form.words.text().endswith("227 answers make the first 80 %.")
    form.readers.setValue(5)
    assert "5 readers together: 98 %," in form.words.text()
    form.margin.set_value(0.05)
    assert "888 answers" in form.words.text()
    asked: list[object] = []
    form.requested.connect(asked.append)
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert not asked
    assert form.title.property("invalid")
    assert form.synthetic.property("invalid")


def test_the_side_follows_a_network_that_renders_smaller_pictures(
    clinic: Path, show: Show, settled: Callable[[], None]
) -> None:
    work = show()
    work.new()
    form = work.form
    form.synthetic_from.set_value("network")
    assert form.side.value() == 128
    form.network.set_text("sam")
    settled()
    assert form.side.value() == 128
    form.network.set_text("sample")
    settled()
    assert form.side.value() == 64


def test_a_study_is_made_listed_and_shown(
    qtbot: QtBot, clinic: Path, show: Show, sources: tuple[Path, Path], window: StudioWindow
) -> None:
    work = show()
    work.new()
    form = work.form
    form.title.setText("First pilot")
    form.real_from.set_value("folder")
    form.real.set_text(str(sources[0]))
    form.synthetic.set_text(str(sources[1]))
    form.per_kind.setValue(5)
    form.side.set_value(64)
    form.diagnosis.setChecked(True)
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert form.job.isVisible()
    assert not form.button.isEnabled()
    assert QGuiApplication.focusObject() is form.title  # where the next Space stops nothing
    qtbot.waitUntil(lambda: work.middle.currentWidget() is work.page, timeout=60_000)
    qtbot.waitUntil(lambda: not work.busy, timeout=10_000)
    fact = work.page.fact
    assert fact is not None
    assert fact.path == clinic / "studies" / "first-pilot"
    assert fact.study.file.per_kind == 5
    assert fact.study.file.questions[0].choices == ("melanocyticnevus", "malignantmelanoma")
    assert "10 pictures" in work.page.about.text()
    assert not window.toasts.toasts()  # the study is there to be seen
    focused = QGuiApplication.focusObject()
    assert isinstance(focused, QWidget)
    assert work.isAncestorOf(focused)


def test_a_study_that_is_stopped_while_it_begins_is_not_made(
    qtbot: QtBot, clinic: Path, show: Show, sources: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from studio.ui.study import build_job

    begins, gate = build_job.start_study, threading.Event()

    def slowly(run_dir: Path, request: StudyParams) -> None:
        assert gate.wait(20)
        begins(run_dir, request)

    monkeypatch.setattr(build_job, "start_study", slowly)
    work = show()
    work.new()
    form = work.form
    form.title.setText("Not wanted")
    form.real_from.set_value("folder")
    form.real.set_text(str(sources[0]))
    form.synthetic.set_text(str(sources[1]))
    form.per_kind.setValue(5)
    form.side.set_value(64)
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(form.job.button, Qt.MouseButton.LeftButton)
    assert not form.job.button.isEnabled()
    assert form.job.note.text() == "stopping…"
    gate.set()
    qtbot.waitUntil(lambda: not work.making.busy, timeout=60_000)
    assert form.trouble.text() == ""
    assert not (clinic / "studies" / "not-wanted").exists()


def test_why_no_study_came_of_it_stands_at_the_form(
    qtbot: QtBot, clinic: Path, show: Show, sources: tuple[Path, Path], window: StudioWindow
) -> None:
    work = show()
    work.new()
    form = work.form
    form.title.setText("Too many")
    form.real_from.set_value("folder")
    form.real.set_text(str(sources[0]))
    form.synthetic.set_text(str(sources[1]))
    form.side.set_value(64)
    qtbot.mouseClick(form.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: form.trouble.isVisible(), timeout=60_000)
    assert "only 8 usable pictures" in form.trouble.text()
    assert form.button.isEnabled()
    assert form.button.hasFocus()
    assert not window.toasts.toasts()
    assert not (clinic / "studies" / "too-many").exists()


def test_the_result_shows_every_reader_and_all_together(
    qtbot: QtBot, make: Make, read: Read, show: Show, window: StudioWindow, tmp_path: Path,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    study = make(per_kind=8)
    for name, right in (("Ana", 15), ("Ben", 12), ("Chen", 13)):
        read(study, name, right)
    work = show()
    view = work.page.result
    assert view.isVisible()
    rows = [view.table.rows.row(i) for i in range(view.table.rows.rowCount())]
    assert [row[0] for row in rows] == ["Ana", "Ben", "Chen", "all 3 readers"]
    assert rows[0][1].startswith("93.8 (")
    assert rows[0][2].startswith("no (p")
    window.resize(1280, 800)
    settled()
    table = view.table
    ends = [table.columnViewportPosition(n) + table.columnWidth(n) for n in range(9)]
    assert ends[2] <= table.viewport().width()  # the claim is in sight without scrolling
    assert view.verdict.word.text() == "Told apart"
    first, second = view.verdict.reasons()
    assert "could be told apart" in first
    assert second.startswith("Each alone: 3 of 3 told the kinds apart")
    assert [one.name for one in view.accuracy.rows][-1] == "all 3 readers"
    for one in view.accuracy.rows:
        assert one.low <= one.inner[0] <= one.value <= one.inner[1] <= one.high
    assert "Clopper-Pearson" in view.details.text()
    assert len(view.roc.curves) == 3
    qtbot.mouseClick(view.copy_button, Qt.MouseButton.LeftButton)
    text = QGuiApplication.clipboard().text()
    assert "Research use, not a diagnosis." in text
    assert "Gwet's AC1" in text
    work.export_to(tmp_path / "answers.csv")
    settled()
    with (tmp_path / "answers.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 48
    assert "reader\taccuracy\tlow" in copied_data(view.accuracy)
    for plot in plots_in(view):
        assert_table_is_what_is_drawn(qtbot, plot)
    assert not view.accuracy.picture().isNull()


def test_an_export_overwrites_what_was_asked_about_and_nothing_else(
    qtbot: QtBot, make: Make, read: Read, show: Show, tmp_path: Path, settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    read(make(), "Ana", 4)
    work, out = show(), tmp_path / "answers.csv"
    out.write_text("mine")
    with qtbot.waitSignal(work.context.toasted) as said:
        work.export_to(out)
    assert "there already" in said.args[0]
    assert out.read_text() == "mine"
    # The dialogue itself asks whether to replace; it returns the file when the answer is yes.
    chosen = (str(out), "")
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getSaveFileName", lambda *_: chosen)
    with qtbot.waitSignal(work.context.toasted) as said:
        qtbot.mouseClick(work.page.result.export_button, Qt.MouseButton.LeftButton)
    settled()
    assert said.args[0] == "4 answers in answers.csv."
    assert out.read_text().startswith("reader,")
    assert [file.name for file in tmp_path.glob("*answers*")] == ["answers.csv"]


def test_the_result_of_others_is_not_shown_to_who_has_not_read(
    qtbot: QtBot, make: Make, read: Read, show: Show, settled: Callable[[], None]
) -> None:
    study = make()
    read(study, "Ben", 3)
    work = show()
    assert not work.page.result.isVisible()
    assert work.page.result.result is None
    assert not work.has_result()
    qtbot.mouseClick(work.page.look, Qt.MouseButton.LeftButton)
    assert "Ana cannot read" in work.page.sure.text()
    qtbot.mouseClick(work.page.sure_cancel, Qt.MouseButton.LeftButton)
    assert not work.page.sure.isVisible()
    assert work.can_read()
    qtbot.mouseClick(work.page.look, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(work.page.sure_button, Qt.MouseButton.LeftButton)
    settled()
    assert work.page.result.isVisible()
    assert not work.page.begin.isVisible()
    assert "instead of reading" in work.page.standing.text()
    work.read()
    assert work.mode == "study"


def test_nobody_gives_up_reading_for_a_result_that_is_not_there(
    qtbot: QtBot, make: Make, read: Read, show: Show, settled: Callable[[], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    study = make()
    work = show()

    def look() -> None:
        qtbot.mouseClick(work.page.look, Qt.MouseButton.LeftButton)
        qtbot.mouseClick(work.page.sure_button, Qt.MouseButton.LeftButton)
        settled()

    assert not work.page.look.isVisible()
    read(study, "Ben", 3)
    key = (study.path / "key.json").rename(tmp_path / "key.json")
    work.refresh()
    settled()
    look()
    assert "kept elsewhere" in work.page.trouble.text()
    assert work.can_read()
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileName", lambda *_: (str(key), ""))
    qtbot.mouseClick(work.page.key, Qt.MouseButton.LeftButton)
    look()
    assert work.page.result.isVisible()
    assert not work.can_read()


def test_a_key_kept_elsewhere_is_asked_for(
    qtbot: QtBot, sources: tuple[Path, Path], clinic: Path, read: Read, show: Show,
    settled: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    out = clinic / "studies" / "sealed"
    report = build_study(BuildPlan(*sources, out, per_kind=2, size=64))
    assert report is not None
    read(report.study, "Ana", 4)
    (out / "key.json").rename(tmp_path / "away.json")
    work = show()
    assert "kept elsewhere" in work.page.trouble.text()
    assert work.page.key.isVisible()
    chosen = (str(tmp_path / "away.json"), "")
    monkeypatch.setattr("PySide6.QtWidgets.QFileDialog.getOpenFileName", lambda *_: chosen)
    qtbot.mouseClick(work.page.key, Qt.MouseButton.LeftButton)
    settled()
    assert work.page.result.isVisible()
    assert not work.page.key.isVisible()


def test_damaged_studies_and_long_names_do_no_harm(
    qtbot: QtBot, make: Make, read: Read, show: Show, clinic: Path, window: StudioWindow,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    broken = clinic / "studies" / "broken"
    broken.mkdir(parents=True)
    (broken / "study.json").write_text("{}")
    study = make("<b>" + "w" * 60)
    read(study, "Ana", 4)
    read(study, "x" * 80, 2)
    work = show()
    window.resize(960, 600)
    settled()
    assert "broken" in work.side.trouble.text()
    assert work.page.title.textFormat() == Qt.TextFormat.PlainText
    page = work.page
    qtbot.waitUntil(lambda: page.widget().width() <= page.viewport().width(), timeout=5000)
    assert work.page.result.isVisible()


def test_studies_from_elsewhere_are_listed_too(
    qtbot: QtBot, make: Make, sources: tuple[Path, Path], show: Show, tmp_path: Path,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    make("inside")
    build_study(BuildPlan(*sources, tmp_path / "usb" / "elsewhere", per_kind=2, size=64))
    work = show()
    work.open_folder(tmp_path / "usb" / "elsewhere")
    settled()
    assert work.page.title.text() == "elsewhere"
    assert work.side.table.rows.rowCount() == 2
    qtbot.keyClick(work.page.begin, Qt.Key.Key_BracketRight)
    assert work.page.title.text() == "inside"
    work.open_folder(tmp_path)
    settled()
    assert "no reader study" in work.side.trouble.text()


def test_another_person_has_a_reading_of_their_own(
    qtbot: QtBot, make: Make, read: Read, show: Show, window: StudioWindow,
    settled: Callable[[], None],
) -> None:  # fmt: skip
    study = make()
    read(study, "Ana", 4)
    work = show()
    assert work.page.result.isVisible()
    window.context.set_reviewer("Ben")
    settled()
    assert not work.page.result.isVisible()
    assert work.page.result.result is None
    assert work.page.begin.isVisible()
    assert "Ben has not begun" in work.page.standing.text()


def test_another_person_never_sees_the_result_of_the_one_before(
    make: Make, read: Read, show: Show, window: StudioWindow, settled: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Not while the studies are read anew, and not when that fails."""
    from studio.ui.study import workspace

    def broken(*_: object) -> None:
        raise StudioError("The disk is gone: plug it in.")

    studies = [make(name) for name in ("first", "second")]
    for study in studies:
        read(study, "Ana", 4)
    work = show()
    assert work.page.result.isVisible()
    monkeypatch.setattr(workspace, "read_summaries", broken)
    work.choose(next(one.path for one in studies if one.path != work.chosen))
    window.context.set_reviewer("Ben")  # while that result is worked out
    assert work.page.result.result is None
    assert "Ben has not begun" in work.page.standing.text()
    assert work.page.begin.isVisible()
    settled()
    for study in studies:
        work.choose(study.path)
        settled()
        assert not work.page.result.isVisible()
        assert work.page.result.result is None
    window.context.set_reviewer("Ana")
    settled()
    assert work.page.result.isVisible()


def test_a_name_is_the_same_however_it_is_typed(make: Make, read: Read) -> None:
    study = make()
    read(study, "Zoé", 4)
    for typed in ("Zoé", "  Zoe\u0301 "):
        [fact] = read_summaries(study.path.parent, [], typed).studies
        assert (fact.mine.reader, fact.mine.finished, fact.unblinded) == ("Zoé", True, True)
    for other in ("Zoe", "", "\x07"):
        [fact] = read_summaries(study.path.parent, [], other).studies
        assert (fact.mine.reader, fact.unblinded) == (other, False)


def test_no_result_stands_under_the_title_of_another_study(
    make: Make, read: Read, show: Show, settled: Callable[[], None]
) -> None:
    studies = [make(name) for name in ("first", "second")]
    for study in studies:
        read(study, "Ana", 4)
    work = show()
    shown = work.chosen
    assert work.page.result.isVisible()
    other = next(study.path for study in studies if study.path != shown)
    work.choose(other)  # its result is being worked out now
    assert not work.page.result.isVisible()
    assert work.page.result.result is None
    settled()
    assert work.page.result.isVisible()


def test_accuracies_without_an_interval_are_drawn(make: Make, read: Read, show: Show) -> None:
    study = make()
    read(study, "Ana", 4)
    read(study, "Ben", 4)
    work = show()
    last = work.page.result.accuracy.rows[-1]
    assert np.isnan(last.low)
    assert not last.equivalent
    assert "no interval" in work.page.result.verdict.reasons()[0]


def test_the_figures_of_a_study_are_written_with_their_data(
    make: Callable[..., Study], read: Callable[..., None], tmp_path: Path
) -> None:
    study = make()
    for name, right in (("Ana", 3), ("Bo", 2)):
        read(study, name, right)
    files = write_figures(study.path, tmp_path / "figures", ["svg"], "youden")
    assert {file.name for file in files} == {
        f"{name}.{end}"
        for name in ("accuracy-by-reader", "roc-by-reader")
        for end in ("svg", "csv", "json")
    }
    with (tmp_path / "figures/accuracy-by-reader.csv").open(newline="") as stream:
        rows = {row["reader"]: row["accuracy"] for row in csv.DictReader(stream)}
    assert (float(rows["Ana"]), float(rows["Bo"])) == (0.75, 0.5)  # 3 and 2 of 4


def test_the_reader_is_named_in_the_page(qtbot: QtBot, window: StudioWindow, make, show) -> None:
    make()
    window.context.reviewer = ""
    workspace = show()
    name = workspace.page.name
    assert window.focusWidget() is name.edit
    assert not workspace.page.begin.isVisible()
    name.edit.clear()
    qtbot.keyClick(name.edit, Qt.Key.Key_Return)
    assert "needs a name" in name.edit.accessibleDescription()
    qtbot.keyClicks(name.edit, "Cleo")
    assert "needs a name" not in name.edit.accessibleDescription()
    qtbot.keyClick(name.edit, Qt.Key.Key_Return)
    assert window.context.reviewer == "Cleo"
    assert not name.isVisible()
    qtbot.waitUntil(lambda: window.focusWidget() is workspace.page.begin)
