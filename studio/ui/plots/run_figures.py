"""The figures of a run or a reader study as files, drawn without a window: for the command line."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

# Before Qt looks for a screen, unless somebody chose a platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QWidget

from studio import jobs
from studio.errors import StudioError
from studio.jobs.kinds import NETWORK_TRAINING
from studio.results.classifier_run import load_detail
from studio.results.gan_run import GanReader
from studio.results.model_results import ModelResults, read_results
from studio.study import Study, evaluate_study, read_key
from studio.study.models import STUDY_FILE
from studio.ui.app import make_application
from studio.ui.evaluate.result_view import EvaluationView
from studio.ui.generate.training.run_plots import RunPlots
from studio.ui.plots.figure_files import Drawing, save_figure
from studio.ui.study.result_view import StudyResultView as StudyView
from studio.ui.theme import Theme
from studio.ui.train.run_view import ClassifierRunView

View = TypeVar("View", bound=QWidget)
Save = Callable[[Drawing, str], None]
_SIZE = (1200, 900)  # px of the views, which are never shown


def write_figures(
    source: Path, out: Path, formats: Sequence[str], rule: str | None = None, test: str = ""
) -> list[Path]:
    """Draw the figures of a run or of a reader study into a new folder, each with its data.

    Of the training of a classifier see `_run_figures`, which alone uses `rule` and `test`; of that
    of a network the curves over kimg; of a study accuracies and ROC curves by reader. Returns the
    files. Raises StudioError for a folder that holds neither, and for one that is in use.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{out} is not empty: choose another folder for the figures.")
    files: list[Path] = []

    def save(plot: Drawing, name: str) -> None:
        for number, form in enumerate(formats):
            path = out / f"{name}.{form}"
            written = save_figure(plot, path, beside=number > 0)
            files.extend(file for file in written if file not in files)

    with _theme() as theme:
        if (source / STUDY_FILE).is_file():
            _study_figures(theme, source, save)
        elif jobs.load(source).kind == NETWORK_TRAINING.name:
            _network_figures(theme, source, save)
        else:
            _run_figures(theme, source, save, rule, test)
    return files


def _study_figures(theme: Theme, folder: Path, save: Save) -> None:
    study = Study.open(folder)
    view = _laid_out(StudyView(theme, lambda: None, lambda: None))
    view.show_result(evaluate_study(study, read_key(study, None), None))
    save(view.accuracy, "accuracy-by-reader")
    save(view.roc, "roc-by-reader")
    view.deleteLater()


def _network_figures(theme: Theme, run_dir: Path, save: Save) -> None:
    view = _laid_out(RunPlots(theme))
    view.show_run(GanReader(run_dir).read())
    for plot, name in zip(view.all(), ("kid", "losses", "ada", "penalties"), strict=True):
        save(plot, name)
    view.deleteLater()


def _run_figures(theme: Theme, run_dir: Path, save: Save, rule: str | None, test: str) -> None:
    """The curves of the validation set with the figures by epoch, and for each test set (or the one
    whose name or folder is `test`) the ROC curve of each class and the confusion matrix, at the
    thresholds that `rule`, or the run's own, chooses on validation."""
    results = read_results(None, run_dir)
    rule = rule or results.rule
    chosen = [one for one in results.tests if not test or test in (one.name, one.title)]
    if test and not chosen:
        known = ", ".join(one.title for one in results.tests) or "none"
        raise StudioError(f"{run_dir} has no test set {test}; it has: {known}.")
    _by_epoch(theme, results, save)
    view = _laid_out(EvaluationView(theme, lambda: None, lambda: None))
    for number, one in enumerate(results.tests):
        if one not in chosen or one.detail is None:
            continue
        part = f"{number + 1:02d}-{_plain(one.title)}"
        for name in results.classes:
            view.show_results(results, rule, name)
            view.table.choose(number)
            view.draw()
            QApplication.processEvents()
            end = f"-{_plain(name)}" if len(results.classes) > 1 else ""
            save(view.roc, f"roc-{part}{end}")
        save(view.matrix, f"confusion-{part}")
    view.deleteLater()


def _by_epoch(theme: Theme, results: ModelResults, save: Save) -> None:
    run, key = results.run, results.run.newest
    if key is None:
        return
    view = _laid_out(ClassifierRunView(theme))
    detail = load_detail(run, key)
    for name in results.classes:
        view.show_run(run)
        view.show_curves(run, key, detail, [], name)
        QApplication.processEvents()
        end = f"-{_plain(name)}" if len(results.classes) > 1 else ""
        save(view.roc, f"roc-00-validation{end}")
        save(view.auc, f"auc-by-epoch{end}")
    save(view.loss, "loss-by-epoch")
    save(view.rate, "learning-rate-by-epoch")
    view.deleteLater()


@contextmanager
def _theme() -> Iterator[Theme]:
    """The light theme of an application, made where there is none."""
    application = QApplication.instance() or make_application(["can-studio"])
    theme = Theme("light")
    yield theme
    application.processEvents()


def _laid_out(view: View) -> View:
    """A view with its size and its layout, which is never shown."""
    view.resize(*_SIZE)
    view.grab()
    return view


def _plain(text: str) -> str:
    """A text as part of a file name."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-")[:60] or "figure"
