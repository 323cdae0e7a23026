"""One run as it learns: header, ROC curve by epoch, figures by epoch."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from studio.results.classifier_run import FROZEN, ClassifierRun, epoch_key
from studio.results.comparison import ComparedRun
from studio.results.curves import Detail
from studio.results.operating import confusion_matrix
from studio.results.scores import Floats
from studio.ui.plots.confusion_plot import ConfusionPlot
from studio.ui.plots.line_plot import EpochPlot, Series, running_mean
from studio.ui.plots.plot_switch import PlotSwitch
from studio.ui.plots.point_panel import NOTICE
from studio.ui.plots.roc_plot import PlottedCurve, RocPlot
from studio.ui.plots.style import GREY
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.train.pins import p_short
from studio.ui.train.run_header import ClassifierHeader

_WIDE = 1.15  # width over height, from which the small plots stand beside the ROC
_SMOOTHED = 0.25  # epochs that a point of the training loss is the mean of
_SMALL = QSize(160, 184)  # px at least of a figure by epoch: 100 of them high are its curve's
_LARGE = QSize(440, 240)  # px at least of the curve and of the matrix beside it
_NAN = float("nan")


class ClassifierRunView(QWidget):
    """Shows a ClassifierRun; the Detail of one evaluation of it on top of the family."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self._theme = theme
        self._run_dir: Path | None = None
        self.name = ""  # the class that is shown; "" for the positive one
        self.header = ClassifierHeader()
        self.roc = RocPlot(theme, self.tr("ROC, validation"), NOTICE)
        self.loss = EpochPlot(theme, self.tr("Loss"), NOTICE, floor=0.0)
        self.auc = EpochPlot(theme, self.tr("AUC"), NOTICE, floor=0.5, ceiling=1.0)
        self.rate = EpochPlot(theme, self.tr("Learning rate"), NOTICE, ".3g", floor=0.0)
        for plot in (self.loss, self.auc, self.rate):
            plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.rate.caption.setText(self.tr("Rate"))
        by_epoch = [
            (self.tr("AUC"), self.auc), (self.tr("Loss"), self.loss), (self.tr("Rate"), self.rate)
        ]  # fmt: skip
        self.small = PlotSwitch(self.tr("Figures by epoch"), by_epoch, _SMALL)
        self.plots = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.plots.setSpacing(GRID)
        self.matrix = ConfusionPlot(theme, self.tr("Confusion matrix"), NOTICE)
        both = [(self.tr("ROC"), self.roc), (self.tr("Confusion matrix"), self.matrix)]
        self.curves = PlotSwitch(self.tr("Curve or matrix"), both, _LARGE)
        self.curves.offer(self.matrix, False)  # it is there with several classes
        self.plots.addWidget(self.curves, 5)
        self.plots.addWidget(self.small, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(GRID)
        layout.addWidget(self.header)
        layout.addLayout(self.plots, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        height = max(1, self.height() - self.header.sizeHint().height())
        wide = self.width() / height > _WIDE
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self.plots.setDirection(across if wide else down)
        self.small.set_down(wide)
        self.plots.setStretch(0, 3 if wide else 5)
        self.plots.setStretch(1, 1 if wide else 2)

    def show_run(self, run: ClassifierRun) -> None:
        """Show the run's header and its figures by epoch."""
        if self._run_dir != run.run_dir:
            self._run_dir, self.name = run.run_dir, ""
        self.header.show_run(run, self.name)
        for plot, words in self._figures():
            plot.title = f"{words} · {run.title}"
        epochs, total = run.epochs, run.total_epochs
        self._draw_auc(run)
        series = run.identity.series
        at = np.array([epoch.number for epoch in epochs], np.float64)
        self.loss.show_lines(self._loss_lines(run, at, series), total)
        rates = [(step.at, step.lr) for step in run.steps] or [
            (float(epoch.number), epoch.lr) for epoch in epochs
        ]
        x, y = _columns(rates)
        self.rate.show_lines([Series("", x, y, series, dots=not run.steps)], total)

    def _figures(self) -> tuple[tuple[EpochPlot, str], ...]:
        """The small plots with their names above a figure."""
        return (
            (self.auc, self.tr("AUC by epoch")),
            (self.loss, self.tr("Loss by epoch")),
            (self.rate, self.tr("Learning rate by epoch")),
        )

    def show_class(self, run: ClassifierRun, name: str) -> None:
        """Show the figures of class `name` against the rest in the header and by epoch."""
        if name and name != self.name:
            self.name = name
            self.header.show_class(run, name)
            self._draw_auc(run)

    def show_curves(
        self,
        run: ClassifierRun,
        key: str,
        detail: Detail | None,
        pinned: list[ComparedRun],
        name: str = "",
    ) -> None:
        """Draw the curves: one run's family with what is pinned, or one curve a class.

        Class `name` (the positive one without) is drawn strong, and the header is about it.
        """
        if detail is not None:
            name = name if name in detail.classes else detail.scores.positive
            self.show_class(run, name)
        self.roc.set_subject(name)
        self._show_matrix(key, detail)
        self.roc.caption.setText(self._title(key))
        self.roc.title = f"{self._title(key)} · {run.title}"
        if detail is None:
            self.roc.show_curves([], instead=self._no_curve(run))
        elif len(detail.classes) > 1:
            self._show_classes(detail, name)
        else:
            self._show_family(run, key, detail, pinned)

    def _show_matrix(self, key: str, detail: Detail | None) -> None:
        """The matrix of several classes; of two the panel has it."""
        several = detail is not None and len(detail.scores.classes) > 2
        self.curves.offer(self.matrix, several)
        if detail is not None and several:
            counts, call = confusion_matrix(detail.scores, None)
            self.matrix.title = self.tr("Confusion matrix, {0}").format(self.words(key))
            self.matrix.show_counts(detail.scores.classes, counts, call)

    def show_trouble(self, sentence: str) -> None:
        """Say why the chosen evaluation has no curve."""
        self.header.trouble.setText(sentence)
        self.header.trouble.show()
        self.roc.show_curves([], instead=self.tr("No curve can be drawn."))

    def _show_family(
        self, run: ClassifierRun, key: str, detail: Detail, pinned: list[ComparedRun]
    ) -> None:
        drawn = []
        own = detail.positive.drawn
        if own is not None:
            name = self.words(key)
            drawn.append(PlottedCurve(name, own, run.identity.series, strong=True))
        for number, other in enumerate(pinned, start=1):
            name, note = other.name, p_short(other.comparison, other.corrected)
            series = other.identity.series
            drawn.append(PlottedCurve(name, other.curve, series, number, note=note))
        older = [c for e, c in sorted(run.curves.items()) if epoch_key(e) != key]
        if not key.startswith("epoch "):
            older = []
        self.roc.show_curves(
            drawn,
            older,
            detail.band,
            instead="" if own else _undefined(detail),
            whole_band=detail.whole_band,
        )

    def _show_classes(self, detail: Detail, chosen: str) -> None:
        drawn = [
            PlottedCurve(name, curve.drawn, number, number % 5, strong=name == chosen)
            for number, (name, curve) in enumerate(detail.classes.items())
            if curve.drawn is not None
        ]
        drawn.sort(key=lambda one: not one.strong)
        own = detail.classes[chosen]
        self.roc.show_curves(drawn, band=own.band, macro=detail.macro, whole_band=own.whole_band)

    def _no_curve(self, run: ClassifierRun) -> str:
        if run.status.state in ("queued", "running"):
            return self.tr("The first curve comes from the frozen backbone.")
        return self.tr("This run has no curve.")

    def words(self, key: str) -> str:
        """The name of an evaluation."""
        if key == FROZEN:
            return self.tr("Frozen backbone")
        if key.startswith("test "):
            return key.removeprefix("test ").replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
        return self.tr("Epoch {0}").format(key.removeprefix("epoch "))

    def _title(self, key: str) -> str:
        if key.startswith("test "):
            return self.tr("ROC, test set")
        return self.tr("ROC, first result") if key == FROZEN else self.tr("ROC, validation")

    def _draw_auc(self, run: ClassifierRun) -> None:
        lines = self._auc_lines(run, run.identity.series)
        self.auc.show_lines(lines, run.total_epochs)

    def _auc_lines(self, run: ClassifierRun, series: int) -> list[Series]:
        epochs, own = run.epochs, self.name in ("", run.positive)
        at = np.array([epoch.number for epoch in epochs], np.float64)
        found = [epoch.auc_of(self.name, run.positive) for epoch in epochs]
        auc, low, high = (
            np.array([[_or_nan(value) for value in one] for one in found], np.float64)
            .reshape(-1, 3)
            .T
        )
        name = (self.name or run.positive) if run.several else ""
        lines = [Series(name, at, auc, series, low=low, high=high)]
        frozen = run.frozen
        if frozen is not None and own:
            one = np.array([0.0])
            first = (np.array([_or_nan(v)]) for v in (frozen.auc, frozen.low, frozen.high))
            auc, low, high = first
            lines.append(Series(self.tr("frozen"), one, auc, GREY, low=low, high=high))
        if run.several:
            macro = np.array([_or_nan(epoch.macro) for epoch in epochs])
            lines.append(Series(self.tr("macro"), at, macro, series, 1))
        return lines

    def _loss_lines(self, run: ClassifierRun, at: Floats, series: int) -> list[Series]:
        def pick(get: str) -> Floats:
            return np.array([_or_nan(getattr(epoch, get)) for epoch in run.epochs])

        train_x, train_y = _columns([(step.at, step.loss) for step in run.steps])
        lines = []
        if train_x.size > len(run.epochs):
            x, y = running_mean(train_x, train_y, _SMOOTHED)
            raw = (train_x, train_y)
            lines.append(Series(self.tr("train"), x, y, series, dots=False, raw=raw))
        else:
            lines.append(Series(self.tr("train"), at, pick("loss"), series))
        lines.append(Series(self.tr("val"), at, pick("val_loss"), series, 1))
        return lines


def _undefined(detail: Detail) -> str:
    missing = ", ".join(detail.empty_classes)
    return QCoreApplication.translate("RunView", "Undefined: no image of {0}.").format(missing)


def _or_nan(value: float | None) -> float:
    return _NAN if value is None else value


def _columns(pairs: list[tuple[float, float | None]]) -> tuple[Floats, Floats]:
    if not pairs:
        return np.empty(0), np.empty(0)
    x, y = zip(*((at, _or_nan(value)) for at, value in pairs), strict=True)
    return np.array(x, np.float64), np.array(y, np.float64)
