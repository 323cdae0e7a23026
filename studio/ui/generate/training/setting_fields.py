"""The settings of a stage as data, and the controls that they are entered with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QLineEdit, QSizePolicy, QWidget

from studio.generate.training.options import TrainOptions
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, FloatField, IntField

Kind = Literal["number", "real", "check", "choice", "text"]
_NARROW = 104  # px; less than Qt would ask for, so that two stand in a row


def tr(text: str) -> str:
    return QCoreApplication.translate("StageSettings", text)


@dataclass(frozen=True)
class Setting:
    """One field of TrainOptions: its words, how it is entered, in what range and steps.

    The ranges are wider than what can be trained: TrainOptions says what is wrong, in a sentence.
    """

    name: str
    words: str
    kind: Kind = "number"
    high: float = 100_000
    step: float = 1
    decimals: int = 0
    none: str = ""  # what 0 means where the field may be None
    options: tuple[tuple[Any, str], ...] = ()
    tip: str = ""


def main_settings() -> tuple[Setting, ...]:
    """What one sets for every stage."""
    sizes = tuple((2**n, f"{2**n} px") for n in range(4, 11))
    return (
        Setting("resolution", tr("Resolution"), "choice", options=sizes),
        Setting("kimg", tr("Length, kimg"), "real", 1e6, 10, 3,
                tip=tr("Thousands of real pictures shown, in all")),
        Setting("gamma", tr("γ, weight of R1"), "real", 1e6, 0.1, 4,
                tip=tr("More for few pictures and high resolutions")),
        Setting("batch", tr("Batch"), high=4096, step=4),
        Setting("freezed", tr("Freeze-D, layers"), high=64,
                tip=tr("Layers of the discriminator that do not learn, from the highest")),
        Setting("aug", tr("Augmentation"), "choice", options=(
            ("ada", tr("Adaptive")), ("fixed", tr("Fixed")), ("none", tr("None")))),
        Setting("seed", tr("Seed"), high=2**31 - 1),
        Setting("mirror", tr("Mirrored pictures too"), "check"),
        Setting("cond", tr("Tell the network the class"), "check"),
    )  # fmt: skip


def more_settings() -> tuple[Setting, ...]:
    """What the published method sets, and few change."""
    return (
        Setting("batch_gpu", tr("Batch at once"), high=4096, none=tr("all"),
                tip=tr("Pictures at once in one process; the rest is accumulated")),
        Setting("target", tr("ADA target"), "real", 1, 0.05, 2),
        Setting("aug_p", tr("Fixed p"), "real", 1, 0.05, 2),
        Setting("map_depth", tr("Mapping layers"), high=16),
        Setting("glr", tr("Rate of G"), "real", 1, 0.0005, 5),
        Setting("dlr", tr("Rate of D"), "real", 1, 0.0005, 5),
        Setting("cbase", tr("Channels, base"), high=1 << 20, step=1024),
        Setting("cmax", tr("Channels, most"), high=2048, step=32),
        Setting("z_dim", tr("Size of z"), high=2048, step=32),
        Setting("w_dim", tr("Size of w"), high=2048, step=32),
        Setting("tick", tr("kimg a tick"), "real", 1000, 0.5, 3),
        Setting("snap", tr("Ticks a snapshot"), high=10_000),
        Setting("fakes", tr("Pictures measured"), high=50_000, step=100),
        Setting("hold_out", tr("Held out"), "real", 1, 0.01, 3,
                tip=tr("Part of the pictures kept back for the memorisation check")),
        Setting("metrics", tr("Metrics space"), "text",
                tip=tr("lite0, inception:FILE, dino:FILE, or none")),
    )  # fmt: skip


def has_keys(widget: QWidget) -> bool:
    """Whether what is typed goes to this widget, or will when its window is in front again."""
    return widget.window().focusWidget() is widget


def default_of(name: str) -> Any:
    """What TrainOptions takes where nothing was said; None where it has to be said."""
    field = TrainOptions.model_fields[name]
    return None if field.is_required() else field.default


class Control:
    """A setting's control: `get` and `set` its value, `on_change` when a person changed it."""

    def __init__(self, setting: Setting, on_change: Callable[[], None]) -> None:
        self.setting = setting
        self.widget: QWidget
        if setting.kind == "check":
            self.widget = box = QCheckBox(setting.words)
            box.toggled.connect(lambda _: on_change())
        elif setting.kind == "choice":
            self.widget = choice = Choice(setting.options)
            choice.chosen.connect(lambda _: on_change())
        elif setting.kind == "text":
            self.widget = line = QLineEdit()
            line.editingFinished.connect(on_change)
        else:
            self.widget = _spin(setting, on_change)
        self.widget.setToolTip(setting.tip)
        if setting.kind != "check":
            self.widget.setMinimumWidth(_NARROW)

    @property
    def being_edited(self) -> bool:
        """Whether a person may have typed what it has not told of yet, or is choosing."""
        widget = self.widget
        if isinstance(widget, Choice):
            return widget.open
        return not isinstance(widget, QCheckBox) and has_keys(widget)

    def get(self) -> Any:
        """The value as TrainOptions wants it."""
        widget, kind = self.widget, self.setting.kind
        if isinstance(widget, QCheckBox):
            return widget.isChecked()
        if isinstance(widget, Choice):
            return widget.value()
        if isinstance(widget, QLineEdit):
            return widget.text().strip()
        value = widget.value()  # type: ignore[attr-defined]
        if self.setting.none and not value:
            return None
        return float(value) if kind == "real" else value

    def set(self, value: Any) -> None:
        """Show a value without telling of it."""
        widget = self.widget
        blocked = widget.blockSignals(True)
        if isinstance(widget, QCheckBox):
            widget.setChecked(bool(value))
        elif isinstance(widget, Choice):
            widget.set_value(value)
        elif isinstance(widget, QLineEdit):
            widget.setText(str(value or ""))
        else:
            widget.setValue(value or 0)  # type: ignore[attr-defined]
        widget.blockSignals(blocked)


def _spin(setting: Setting, on_change: Callable[[], None]) -> IntField | FloatField:
    made: IntField | FloatField
    if setting.kind == "real":
        made = ShortSpin()
        made.setDecimals(setting.decimals)
        made.setRange(0, setting.high)
        made.setSingleStep(setting.step)
    else:
        made = IntField()
        made.setRange(0, int(setting.high))
        made.setSingleStep(int(setting.step))
    made.setSpecialValueText(setting.none)
    made.setKeyboardTracking(False)
    made.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    made.valueChanged.connect(lambda _: on_change())
    return made


class ShortSpin(FloatField):
    """Shows 0.003 and 8.2 without the zeros that follow."""

    def textFromValue(self, value: float) -> str:  # noqa: N802  # Qt's name
        return self.locale().toString(value, "g", 8)
