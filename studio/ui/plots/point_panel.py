"""The panel of an operating point: rules, rates with intervals, confusion matrix, images."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from studio.results.cells import Cell, predictive_values, proportion
from studio.results.scores import shortened
from studio.stats import RULES, ChosenRates, Rates
from studio.ui.plots.chosen_again import ChosenAgain
from studio.ui.plots.confusion_grid import ConfusionGrid
from studio.ui.plots.image_sheet import ImageSheet
from studio.ui.plots.interval_words import counting_text
from studio.ui.plots.operating import OperatingPointModel
from studio.ui.plots.picture_window import PictureWindow
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Field, FlatButton, FloatField, Panel, label, row
from studio.wording import bounds, count, counted, number, percent, significant

NOTICE = "Research use, not a diagnosis."
_NAME = 24  # characters of a class's name in a sentence
_BY_VALUE: tuple[Cell, ...] = ("fn", "fp", "tp", "tn")  # what one looks at first
_SHEET = 128  # px at least


class PointPanel(Panel):
    """Shows an `OperatingPointModel` and changes it.

    With `carried`, a rule chooses on other images (the validation set): the panel then only says
    which rule or class was chosen, and whoever knows those images sets the threshold.
    """

    rule_chosen = Signal(str)
    class_chosen = Signal(str)

    def __init__(
        self, theme: Theme, operating: OperatingPointModel, title: str = "", carried: bool = False
    ) -> None:
        super().__init__(title)
        self._carried = carried
        self.rule: str | float = "youden"
        self._theme = theme
        self.operating = operating
        self.cell: Cell = "fn"
        self._cell_chosen = False  # by a person
        self.classes = Choice()
        self.classes.chosen.connect(lambda name: self._choose_class(str(name)))
        self.class_field = Field(self.tr("Class against the rest"), self.classes)
        self.rules, rules = self._make_rules()
        self.threshold = label("", "small", wrap=True)
        self.rates, grid = self._make_rates()
        self.made = label("", "small", wrap=True)  # how the intervals were made
        self.chosen_again = ChosenAgain(operating, self)
        self.honest = self._make_honest()
        self.prevalence = self._make_prevalence()
        self.confusion = ConfusionGrid(theme)
        self.confusion.chosen.connect(self._choose_cell)
        self.images_title = label("", "small", wrap=True)
        self.sheet = ImageSheet(theme, self.tr("Images of the chosen cell, worst first"))
        self.sheet.setMinimumHeight(_SHEET)
        self.sheet.opened.connect(lambda image: PictureWindow(self, theme, image).open())
        self.undefined = label("", "quiet", wrap=True)
        self.add(
            self.class_field, self.undefined, rules, self.threshold, grid, self.made, self.honest,
            row(label(self.tr("Prevalence"), "small"), self.prevalence, None),
            self.confusion, self.images_title,
        )  # fmt: skip
        self.body.addWidget(self.sheet, 1)
        operating.changed.connect(self.refresh)
        operating.changed.connect(self.chosen_again.refresh)
        self.chosen_again.changed.connect(self._show_rates)
        self.refresh()

    def _make_rules(self) -> tuple[dict[str, FlatButton], QWidget]:
        words = dict(
            zip(
                RULES,
                (
                    (self.tr("Youden"), self.tr("The largest sensitivity + specificity")),
                    (self.tr("SE 90"), self.tr("Sensitivity of 90 % or more")),
                    (self.tr("SE 95"), self.tr("Sensitivity of 95 % or more")),
                    (self.tr("SP 95"), self.tr("Specificity of 95 % or more")),
                ),
                strict=True,
            )
        )
        group = QButtonGroup(self)
        self._rule_group = group
        buttons = {}
        for rule, (text, tip) in words.items():
            button = FlatButton(text, partial(self._choose_rule, rule))
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleDescription(tip)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setMinimumWidth(56)
            group.addButton(button)
            buttons[rule] = button
        holder = QWidget()
        holder.setLayout(row(*buttons.values(), gap=2))
        return buttons, holder

    def _make_honest(self) -> QCheckBox:
        made = QCheckBox(self.tr("Allow for the choice (bootstrap)"))
        made.setToolTip(
            self.tr(
                "Chooses the threshold again in each of 400 resamples, and measures it on the "
                "images they were drawn from: intervals that hold for new images."
            )
        )
        made.toggled.connect(self.chosen_again.set_wanted)
        made.hide()
        return made

    def _make_rates(self) -> tuple[dict[str, tuple[QLabel, QLabel]], QGridLayout]:
        grid = QGridLayout()
        grid.setHorizontalSpacing(GRID)
        grid.setVerticalSpacing(2)
        made: dict[str, tuple[QLabel, QLabel]] = {}
        for place, (key, words) in enumerate(
            (
                ("se", self.tr("Sensitivity")),
                ("sp", self.tr("Specificity")),
                ("ppv", self.tr("PPV")),
                ("npv", self.tr("NPV")),
            )
        ):
            value, interval = label("–", "strong"), label("", "small")
            for column, part in enumerate((label(words, "quiet"), value, interval)):
                grid.addWidget(part, place, column)
                right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                if column:
                    part.setAlignment(right)
            made[key] = (value, interval)
        grid.setColumnStretch(0, 1)
        return made, grid

    def _make_prevalence(self) -> FloatField:
        made = FloatField()
        made.setRange(0.0, 99.0)
        made.setDecimals(1)
        made.setSingleStep(1.0)
        made.setSuffix(" %")
        made.setSpecialValueText(self.tr("as in these images"))
        made.setAccessibleName(self.tr("Prevalence for PPV and NPV, percent"))
        made.setMinimumWidth(168)
        made.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
        made.valueChanged.connect(lambda _: self._show_rates())
        return made

    # Choosing

    def _choose_rule(self, rule: str) -> None:
        if not self._carried:
            self.operating.use_rule(rule)
        self.rule = rule
        self.rule_chosen.emit(rule)

    def _choose_class(self, name: str) -> None:
        if not self._carried:
            self.operating.use_class(name)
        self.class_chosen.emit(name)

    def _choose_cell(self, cell: str) -> None:
        self.cell = cell  # type: ignore[assignment]  # the grid's own names
        self._cell_chosen = True
        self._show_images()

    # Showing

    def refresh(self) -> None:
        """Show the operating point as it is."""
        operating = self.operating
        names = list(operating.detail.classes) if operating.detail else []
        self.class_field.setVisible(len(names) > 2)
        if len(names) > 2:
            blocked = self.classes.blockSignals(True)
            self.classes.set_options([(name, name) for name in names])
            self.classes.set_value(operating.name)
            self.classes.blockSignals(blocked)
        self._rule_group.setExclusive(False)
        for rule, button in self.rules.items():
            button.setChecked((self.rule if self._carried else operating.rule) == rule)
            button.setEnabled(operating.point is not None)
        self._rule_group.setExclusive(True)
        self._show_undefined()
        self._show_rates()
        self.confusion.show_counts(operating.confusion, operating.name)
        self._show_images()

    def _show_undefined(self) -> None:
        detail, point = self.operating.detail, self.operating.point
        self.undefined.setVisible(detail is not None and point is None)
        if detail is not None and point is None:
            words = self.tr("Undefined: there is no image of {0} to measure this on.")
            if detail.classes[self.operating.name].roc.estimable:
                words = self.tr("Undefined: no threshold of {0} was chosen on validation.")
                missing = self.operating.name
            else:
                missing = ", ".join(detail.empty_classes) or self.operating.name
            self.undefined.setText(words.format(missing))

    def _show_rates(self) -> None:
        point, counts = self.operating.point, self.operating.confusion
        stated = self.prevalence.value() / 100 or None
        if point is None or counts is None:
            self.threshold.setText("")
            self.made.setText("")
            self.honest.hide()
            for shown, interval in self.rates.values():
                shown.setText("–")
                interval.setText("")
            return
        words = self.tr("{1} from a score of {0} on")
        if self._carried:
            words = self.tr("{1} from {0} on, as chosen on validation")
        elif not isinstance(self.operating.rule, str):
            words = self.tr("{1} from a score of {0} on, set by hand")
        self.threshold.setText(words.format(significant(point.threshold, 4), self.operating.name))
        rates, again = self.operating.rates, self.chosen_again.found
        assert rates is not None
        ppv, npv = predictive_values(counts, stated, rates)
        found = {
            "se": proportion(again.sensitivity if again else rates.sensitivity),
            "sp": proportion(again.specificity if again else rates.specificity),
            "ppv": ppv,
            "npv": npv,
        }
        for key, (value, low, high) in found.items():
            shown, interval = self.rates[key]
            shown.setText(percent(value))
            known = low == low and high == high
            interval.setText(bounds(100 * low, 100 * high, 1) if known else "")
        self.made.setText(self._made_words(rates, again))
        self.honest.setVisible(not self._carried and isinstance(self.operating.rule, str))
        here = (counts.tp + counts.fn) / counts.n
        self.prevalence.setToolTip(
            self.tr("Of these images {0} are positive. PPV and NPV depend on it.").format(
                percent(here)
            )
        )

    def _made_words(self, rates: Rates, again: ChosenRates | None) -> str:
        """How the intervals were made, and what they are worth."""
        method = self.tr("Wilson")
        if 0 < rates.groups < rates.counts.n:
            method = self.tr("Wilson for groups (Rao–Scott)")
        counted = counting_text(rates.groups, rates.counts.n)[0]
        level = percent(rates.sensitivity.level, 0)
        if again is not None:
            words = self.tr(
                "{0}: SE and SP by a bootstrap that chooses the threshold again; on these images "
                "they flatter by about {1} and {2} points. PPV and NPV: {3}; {4}."
            )
            excess = again.sensitivity_excess, again.specificity_excess
            told = (number(100 * max(0.0, one), 1) for one in excess)
            return words.format(level, *told, method, counted)
        made = self.tr("{0}: {1}; {2}.").format(level, method, counted)
        if self._carried:
            return made
        if self.chosen_again.wanted and isinstance(self.operating.rule, str):
            return made + " " + self.tr("Choosing again…")
        words = self.tr(
            "Chosen on these same images: the rates are too optimistic, their intervals too narrow."
        )
        return f"{made} {words}"

    def show_called(self, truth: int, call: int) -> None:
        """Show the images of a cell of the matrix of all classes, until another cell is chosen."""
        detail = self.operating.detail
        if detail is None:
            return
        images = self.operating.called(truth, call)
        names = detail.scores.classes
        words = self.tr("Truly {0}, called {1}: {2} images, surest call first")
        shown = shortened(names[truth], _NAME), shortened(names[call], _NAME)
        self.images_title.setText(words.format(*shown, count(len(images))))
        self.images_title.setVisible(True)
        self.sheet.show_images(images)
        self.sheet.setVisible(bool(images))

    def _show_images(self) -> None:
        images = self.operating.images(self.cell)
        if not images and not self._cell_chosen:
            # Of the cells that a person has not chosen among, one that has something to show.
            self.cell = next((one for one in _BY_VALUE if self.operating.images(one)), "fn")
            images = self.operating.images(self.cell)
        self.confusion.choose(self.cell)
        self.sheet.show_images(images)
        self.sheet.setVisible(bool(images))
        words = {
            "fn": self.tr("Missed: {0}, lowest score first"),
            "tp": self.tr("True positives: {0}, lowest score first"),
            "fp": self.tr("False alarms: {0}, highest score first"),
            "tn": self.tr("True negatives: {0}, highest score first"),
        }
        shown = counted(len(images), self.tr("{0} image"), self.tr("{0} images"))
        title = words[self.cell].format(shown) if images else self.tr("No image in this cell.")
        self.images_title.setText(title)
        self.images_title.setVisible(self.operating.point is not None)
