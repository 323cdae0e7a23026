"""The fields of a training run's settings: model, weights, recipe and the rest."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QGridLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.classify.config import RECIPES, TrainConfig
from studio.options import options_of
from studio.ui.theme.tokens import GRID
from studio.ui.train.request import PRESETS, offline_weights
from studio.ui.widgets import Choice, Field, IntField, PathField, Section, column, label
from studio.ui.widgets.option_control import OptionControl

_OTHER = "other"


class SettingsFields(QWidget):
    """`values()` are fields of `studio.classify.TrainConfig`; `changed` when they do."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._offline = offline_weights()
        self._make_model()
        self._make_numbers()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID + GRID // 2)
        self.model_field = Field(self.tr("Model"), self.model)
        self.weights_note = label("", "small", wrap=True)
        self.recipe_note = label("", "small", wrap=True)
        weights = column(Field(self.tr("Weights"), self.weights), self.weights_note, gap=GRID // 2)
        recipe = column(Field(self.tr("Recipe"), self.recipe), self.recipe_note, gap=GRID // 2)
        layout.addWidget(self.model_field)
        layout.addWidget(self.other_field)
        layout.addLayout(weights)
        layout.addWidget(self.file_field)
        layout.addLayout(recipe)
        layout.addLayout(self._grid())
        layout.addWidget(self.fold)
        for choice in (self.model, self.weights, self.recipe, self.device, self.positive):
            choice.chosen.connect(lambda _: self._refresh())
        self.other.textChanged.connect(lambda _: self._refresh())
        self.file.changed.connect(lambda _: self._refresh())
        self._refresh()

    def _make_model(self) -> None:
        self.model = Choice(
            [
                ("efficientnet_lite0", self.tr("EfficientNet-Lite0 (the paper's)")),
                ("mobilenetv2_100", self.tr("MobileNetV2 (smaller)")),
                ("vgg19_bn", self.tr("VGG19-BN (large and slow)")),
                (_OTHER, self.tr("Another model of timm…")),
            ]
        )
        self.other = QLineEdit()
        self.other.setPlaceholderText("convnext_tiny")
        self.other_field = Field(self.tr("timm name"), self.other)
        self.weights = Choice(
            [
                ("auto", self.tr("Pretrained (auto)")),
                ("none", self.tr("None: from scratch")),
                ("file", self.tr("A file…")),
            ]
        )
        self.file = PathField(self.tr("Weights file"), "file", ".safetensors, .pth, .pt")
        self.file_field = Field(self.tr("Weights file"), self.file)
        self.recipe = Choice(
            [
                ("studio", self.tr("Studio")),
                ("small", self.tr("Small (a few hundred pictures)")),
                ("paper", self.tr("Paper")),
            ]
        )

    def _make_numbers(self) -> None:
        options = options_of(TrainConfig)
        # The seed of a run may be larger than a field for numbers can hold.
        self._controls = {
            name: OptionControl(option, self._refresh)
            for name, option in options.items()
            if option.option.tier and name != "seed"
        }
        self.epochs = self._controls["epochs"].widget
        self.side = self._controls["size"].widget
        self.batch = self._controls["batch"].widget
        self.fold = Section(self.tr("More settings"))
        grid = QGridLayout()
        self.fold.add(grid)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(GRID)
        more = [one for one in self._controls.values() if one.option.option.tier == "more"]
        for number, control in enumerate(more):
            grid.addWidget(Field(control.title, control.widget), number // 2, number % 2)
        self.seed = _spin(0, 2**31 - 1)
        self.device = Choice(
            [
                ("auto", self.tr("Auto")), ("cpu", "CPU"), ("cuda", "CUDA"), ("mps", "MPS"),
            ]
        )  # fmt: skip
        self.positive = Choice([(None, self.tr("By name"))])

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(GRID)
        for number, field in enumerate(
            (
                *(
                    Field(one.title, one.widget)
                    for one in self._controls.values()
                    if one.option.option.tier == "main"
                ),
                Field(self.tr("Seed"), self.seed),
                Field(self.tr("Device"), self.device),
                Field(self.tr("Positive class"), self.positive),
            )
        ):
            grid.addWidget(field, number // 2, number % 2)
        for choice in (self.device, self.positive):
            choice.setMinimumWidth(104)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        return grid

    def values(self) -> dict[str, Any]:
        """What differs from the recipe, and what has no default there."""
        chosen = self.weights.value()
        found: dict[str, Any] = {
            "model": self.model_name(),
            "weights": self.file.text() if chosen == "file" else chosen,
            "recipe": self.recipe.value(),
            "seed": self.seed.value(),
            "device": self.device.value(),
        }
        chosen_here = {name: control.get() for name, control in self._controls.items()}
        found |= {name: value for name, value in chosen_here.items() if value is not None}
        if self.positive.value():
            found["positive"] = self.positive.value()
        return found

    def model_name(self) -> str:
        """The timm name that is asked for."""
        preset = self.model.value()
        return self.other.text().strip() if preset == _OTHER else str(preset)

    def problem(self) -> str:
        """What keeps these settings from being used, or ""."""
        if not self.model_name():
            return self.tr("Name a model of timm.")
        if self.weights.value() == "file" and not Path(self.file.text()).is_file():
            return self.tr("Choose the file of weights.")
        return ""

    def set_classes(self, classes: list[str], positive: str | None = None) -> None:
        """Offer classes as the positive one; `positive` is chosen when given."""
        self.positive.set_options([(None, self.tr("By name")), *((name, name) for name in classes)])
        if positive in classes:
            self.positive.set_value(positive)

    def _refresh(self) -> None:
        self.other_field.setVisible(self.model.value() == _OTHER)
        self.file_field.setVisible(self.weights.value() == "file")
        self.weights_note.setText(self._weights_sentence())
        self.weights.setAccessibleDescription(self.weights_note.text())
        recipe = RECIPES[self.recipe.value()]
        self.recipe_note.setText(self._recipe_sentence())
        self.recipe.setAccessibleDescription(self.recipe_note.text())
        for name, control in self._controls.items():
            if isinstance(control.widget, QAbstractSpinBox):
                words = self.tr("{0} (recipe)").format(getattr(recipe, name))
                control.widget.setSpecialValueText(words)
        self.changed.emit()

    def _weights_sentence(self) -> str:
        chosen, model = self.weights.value(), self.model_name()
        if chosen == "none":
            return self.tr("Random weights, as asked; the run record says so.")
        if chosen == "file":
            return self.tr("A .safetensors or .pth file, or a run's last.pt.")
        if model == PRESETS[0] and self._offline:
            return self.tr(
                "ImageNet weights of the installed offline package; no network is needed."
            )
        if model == PRESETS[0]:
            return self.tr(
                "The offline package is not installed, so timm's hub is asked; the run stops with "
                "a sentence when it cannot be reached."
            )
        return self.tr(
            "timm's published weights, from this machine's cache or the network; the run stops "
            "with a sentence when neither has them."
        )

    def _recipe_sentence(self) -> str:
        if self.recipe.value() == "paper":
            return self.tr("As published: RAdam at 0.001, flips, the last epoch counts.")
        if self.recipe.value() == "small":
            return self.tr(
                "As Studio, twice as long, with any angle, zoom and colour changed a little, and "
                "classes that count alike. For fewer than about 500 pictures."
            )
        return self.tr("AdamW, cosine rate, all eight orientations, head from the frozen result.")


def _spin(low: int, high: int, step: int = 1) -> IntField:
    made = IntField()
    made.setRange(low, high)
    made.setSingleStep(step)
    made.setMinimumWidth(104)  # less than Qt would ask for; there are two in a row
    made.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made
