"""Calibration, decision curve and subgroups of the chosen test set, worked out when looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from studio.results.model_results import TestResult
from studio.results.scores import ScoreSet
from studio.ui.background import Task
from studio.ui.evaluate.assessment_plots import DecisionPlot, ReliabilityPlot
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Table, label
from studio.wording import DASH, count, counted, interval, number, p_value, percent_interval


@dataclass(frozen=True)
class _Asked:
    """Whose assessment is wanted: scores for one class, the validation scores, and the rule."""

    scores: ScoreSet
    validation: ScoreSet | None
    rule: str
    folder: Path | None


class AssessmentPages(QStackedWidget):
    """`calibration`, `decision` and `subgroups`. `shown` when figures have been worked out."""

    shown = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.calibration = CalibrationPage(theme)
        self.decision = DecisionPage(theme)
        self.subgroups = SubgroupsPage()
        for page in (self.calibration, self.decision, self.subgroups):
            self.addWidget(page)
        self._asked: _Asked | None = None
        self._known: _Asked | None = None  # what is shown now
        self._working = False

    @property
    def busy(self) -> bool:
        """Whether figures are being worked out."""
        return self._working

    def show_test(
        self, test: TestResult | None, validation: ScoreSet | None, name: str, rule: str
    ) -> None:
        """The figures of class `name` of a test set, where they are looked at."""
        if test is None or test.detail is None:
            self._asked = self._known = None
            self._show({}, "")
            return
        scores = replace(test.detail.scores, positive=name)
        folder = Path(test.name)
        asked = _Asked(scores, validation, rule, folder if folder.is_absolute() else None)
        if not _same(asked, self._asked):
            self._asked = asked
        if self.isVisible():
            self.work()

    def work(self) -> None:
        """Work out what is asked for, unless that is shown already."""
        asked = self._asked
        if asked is None or self._working or asked is self._known:
            return

        def assess(_: object) -> dict[str, Any]:
            from studio.workflows.evaluate import assess_scores

            return assess_scores(asked.scores, asked.validation, asked.rule, asked.folder)

        self._working = True
        task = Task(assess)
        task.done.connect(lambda told: self._take(asked, told))
        task.ended.connect(self._ended)
        task.start()

    def _take(self, asked: _Asked, told: Mapping[str, Any]) -> None:
        if asked is self._asked:
            self._known = asked
            self._show(told, asked.scores.positive)

    def _ended(self) -> None:
        self._working = False
        if self._asked is not self._known and self.isVisible():
            self.work()  # another was chosen meanwhile

    def _show(self, told: Mapping[str, Any], name: str) -> None:
        self.calibration.show_told(told.get("calibration"), name)
        self.decision.show_told(told.get("decision_curve") or (), name)
        self.subgroups.show_told(told.get("subgroups"), name)
        self.shown.emit()


def _same(one: _Asked, other: _Asked | None) -> bool:
    """The same scores, by identity: they are not read anew while they are shown."""
    return (
        other is not None
        and one.scores.probabilities is other.scores.probabilities
        and one.scores.positive == other.scores.positive
        and one.validation is other.validation
        and (one.rule, one.folder) == (other.rule, other.folder)
    )


class _Page(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(GRID)


class CalibrationPage(_Page):
    """The reliability diagram, and its figures as they are and after two maps."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.plot = ReliabilityPlot(theme)
        self.figures = label("", wrap=True)
        self.mended = label("", "small", wrap=True)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.figures)
        self.body.addWidget(self.mended)

    def show_told(self, told: Mapping[str, Any] | None, name: str) -> None:
        """`told` as `results.assessment` has it; None where nothing is known."""
        self.plot.show_bins(told["bins"] if told else (), told or {})
        self.figures.setText(self._figures(told) if told else "")
        self.mended.setText(self._mended(told, name) if told else "")

    def _figures(self, told: Mapping[str, Any]) -> str:
        parts = (
            self.tr("Brier score {0} (scaled {1})").format(
                number(told["brier"]), number(told["scaled_brier"])
            ),
            self.tr("expected calibration error {0}").format(number(told["ece"])),
            self.tr("Cox's slope {0}").format(_bounded(told, "slope")),
            self.tr("intercept {0}").format(_bounded(told, "intercept")),
        )
        return " · ".join(parts)

    def _mended(self, told: Mapping[str, Any], name: str) -> str:
        by_t, by_steps = told["temperature"], told["isotonic"]
        if not by_t:
            words = self.tr(
                "{0} against the rest. The run has no validation scores on which a map could be "
                "fitted."
            )
            return words.format(name)
        words = self.tr(
            "{0} against the rest; a perfect model has slope 1 and intercept 0. Maps fitted on the "
            "validation scores of the run make of it: temperature {1}, Brier score {2}, error {3}; "
            "isotonic, Brier score {4}, error {5}."
        )
        figures = (number(one[key]) for one in (by_t, by_steps) for key in ("brier", "ece"))
        return words.format(name, number(by_t["t"], 2), *figures)


def _bounded(told: Mapping[str, Any], key: str) -> str:
    return interval(told[key], told[f"{key}_low"], told[f"{key}_high"])


class DecisionPage(_Page):
    """The decision curve with a sentence on how it is read."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.plot = DecisionPlot(theme)
        self.about = label("", "small", wrap=True)
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self.about)

    def show_told(self, curve: Sequence[Mapping[str, Any]], name: str) -> None:
        """`curve` as `results.assessment` tells it."""
        self.plot.show_curve(curve)
        words = self.tr(
            "True positives gained for each image, false alarms taken off at the odds of the "
            "threshold: acting on {0} from a probability of 0.2 says that one missed is as bad as "
            "four false alarms. Above both other lines the model is of use."
        )
        self.about.setText(words.format(name) if curve else "")


class SubgroupsPage(_Page):
    """AUC, sensitivity and specificity of each subgroup, and whether they differ; images are those
    of the class and the others."""

    def __init__(self) -> None:
        super().__init__()
        self.table = Table(
            self.tr("Figures by subgroup"),
            [self.tr("Subgroup"), self.tr("Images"), self.tr("AUC (95 %)"),
             self.tr("SE %"), self.tr("SP %")],
        )  # fmt: skip
        self.table.horizontalHeader().setMinimumSectionSize(64)
        self.about = label("", "small", wrap=True)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.about)

    def show_told(self, told: Mapping[str, Any] | None, name: str) -> None:
        """`told` by field as `results.assessment` has it; None where nothing is worked out yet."""
        fields = told or {}
        rows: list[Sequence[object]] = []
        for field, found in fields.items():
            rows += [_subgroup_row(_field_words(field), one) for one in found["subgroups"]]
        self.table.setVisible(bool(rows))
        self.table.set_rows(rows)
        sentences = [self._sentence(field, found) for field, found in fields.items()]
        nothing = self.tr(
            "No skin tone, sex, age or site is known of enough of these images. A groups.csv "
            "beside the class folders with such columns brings them; adopted public sets have it."
        )
        self.about.setText("" if told is None else "\n".join(sentences) or nothing)

    def _sentence(self, field: str, found: Mapping[str, Any]) -> str:
        parts = [
            self.tr("AUC {0}").format(p_value(found["p"])),
            *(
                f"{words} {p_value(found[key]['p'])}"
                for key, words in (
                    ("sensitivity", self.tr("sensitivity")),
                    ("specificity", self.tr("specificity")),
                )
                if found[key]["p"] is not None
            ),
        ]
        said = self.tr("{0}: tests of no difference between subgroups give {1}.")
        text = said.format(_field_words(field), ", ".join(parts))
        if found["unknown"]:
            unknown = counted(found["unknown"], self.tr("{0} image"), self.tr("{0} images"))
            text += " " + self.tr("{0} unknown or of a subgroup too small.").format(unknown)
        return text


def _field_words(field: str) -> str:
    return field.replace("_", " ")


def _of(told: Mapping[str, Any] | None, key: str) -> str:
    return number(told[key]) if told else DASH


def _subgroup_row(field: str, one: Mapping[str, Any]) -> Sequence[object]:
    rates = [_rate(one["sensitivity"]), _rate(one["specificity"])]
    auc = interval(one["auc"], one["auc_low"], one["auc_high"]) if one["auc"] is not None else DASH
    images = f"{count(one['n_pos'])} / {count(one['n_neg'])}"
    return (f"{field} {one['name']}", images, auc, *rates)


def _rate(told: Mapping[str, Any]) -> str:
    if told["value"] is None:
        return DASH
    return percent_interval(told["value"], told["low"], told["high"], 0).replace(" %", "")
