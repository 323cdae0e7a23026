"""The table of a recipe: one row for each label, with its network, count and seeds."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.errors import StudioError
from studio.project.names import safe_label
from studio.ui.generate.builder.elided_choice import ElidedChoice
from studio.ui.generate.builder.networks import KnownNetwork, known
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, FloatField, IconButton, IntField, label
from studio.ui.widgets.basics import set_role
from studio.ui.words import plain_tip

COUNT = 2500  # the paper's GAN5000 has so many of each class
_MOST = 1_000_000
_SEEDS = 2**31 - 1  # what a spin box can hold
_WIDTHS = (5, 4, 3, 88, 88, 80, 32)  # a stretch below 10, or px
_CHOOSE = "choose a file"


class EntryRow(QWidget):
    """One entry. `changed` after any edit, `refused(sentence)` for a file that is not a network."""

    changed = Signal()
    refused = Signal(str)
    removed = Signal()

    def __init__(self, theme: Theme, networks: Sequence[KnownNetwork]) -> None:
        super().__init__()
        self._networks = list(networks)
        self._noise_mode = "const"
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("label"))
        self.network, self.class_ = ElidedChoice(), Choice()
        self.count, self.first = _number(1, _MOST, COUNT), _number(0, _SEEDS, 0)
        self.truncation = FloatField()
        self.truncation.setRange(-2, 2)
        self.truncation.setSingleStep(0.05)
        self.truncation.setValue(1.0)
        _indent(self.truncation)
        self.remove = IconButton(theme, "close", self.tr("Remove"), self.removed.emit, size=16)
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._lay_out()
        self.offer(networks)
        self.name.textChanged.connect(lambda _: self._edited())
        self.network.chosen.connect(self._network_chosen)
        self.class_.chosen.connect(lambda _: self.changed.emit())
        for spin in (self.count, self.first, self.truncation):
            spin.valueChanged.connect(lambda _: self.changed.emit())
        self._edited()

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for part, width in zip(self.cells(), _WIDTHS, strict=True):
            _place(layout, part, width)

    def cells(self) -> tuple[QWidget, ...]:
        """The controls from left to right."""
        return (
            self.name,
            self.network,
            self.class_,
            self.count,
            self.first,
            self.truncation,
            self.remove,
        )

    def offer(self, networks: Sequence[KnownNetwork]) -> None:
        """Offer these networks, and the one that the row has."""
        mine = self._known()
        self._networks = [*networks, *([mine] if mine and mine not in networks else [])]
        with QSignalBlocker(self.network):
            options = [(one.value, one.text) for one in self._networks]
            self.network.set_options([*options, (_CHOOSE, self.tr("Choose a file…"))])
            self.network.set_value(mine.value if mine is not None else None)  # None: the first
        self._show_classes()

    def set_network(self, value: str) -> None:
        """Use a network by its path or name; StudioError when it is none."""
        if value not in [one.value for one in self._networks]:
            self._networks.append(known(value))
            self.offer(self._networks)
        with QSignalBlocker(self.network):
            self.network.set_value(value)
        self._show_classes()
        self.changed.emit()

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the row's network."""
        one = self._known()
        return one.header.classes if one is not None else ()

    def problem(self) -> str:
        """Why the network cannot make this row, beside its field; empty when it can."""
        name = self.name.text().strip()
        label = _label_problem(name)
        told = "" if label else self._class_problem(name)
        for field, sentence in ((self.name, label), (self.class_, told)):
            set_role(field, invalid=bool(sentence))
            field.setToolTip(plain_tip(sentence))
            field.setAccessibleDescription(sentence)
        return label or told

    def _class_problem(self, name: str) -> str:
        names = self.classes
        by_number = name.isdecimal() and int(name) < len(names)
        if not name or not names or self.class_.value() or name in names or by_number:
            return ""
        told = self.tr("The network of {0} has no class {0}. Choose one of its classes: {1}.")
        return told.format(name, ", ".join(names))

    def fields(self) -> dict[str, Any]:
        """The entry as a recipe writes it."""
        return {
            "label": self.name.text().strip(),
            "network": self.network.value() if self._known() else "",
            "class_name": self.class_.value(),
            "count": self.count.value(),
            "first_seed": self.first.value(),
            "truncation": round(self.truncation.value(), 4),
            "noise_mode": self._noise_mode,
        }

    def show_entry(self, entry: Any) -> None:
        """Show an entry of a recipe; StudioError when its network is gone."""
        self.name.setText(entry.label)
        self.name.setCursorPosition(0)
        self.set_network(entry.network)
        if entry.class_name is not None and self.class_.findData(entry.class_name) < 0:
            self.class_.addItem(entry.class_name, entry.class_name)  # by its number
        self.class_.set_value(entry.class_name)
        self._noise_mode = entry.noise_mode
        self.count.setValue(entry.count)
        self.first.setValue(min(entry.first_seed, _SEEDS))
        self.truncation.setValue(entry.truncation)

    def _known(self) -> KnownNetwork | None:
        value = self.network.value()
        return next((one for one in self._networks if one.value == value), None)

    def _network_chosen(self, value: object) -> None:
        if value != _CHOOSE:
            self._show_classes()
            self.changed.emit()
            return
        before = self._networks[0].value if self._networks else _CHOOSE
        found, _ = QFileDialog.getOpenFileName(
            self, self.tr("A network"), "", self.tr("Networks (*.safetensors)")
        )
        try:
            self.set_network(str(Path(found).absolute()) if found else before)
        except StudioError as error:
            self.refused.emit(str(error))
            with QSignalBlocker(self.network):
                self.network.set_value(before)
            self._show_classes()

    def _show_classes(self) -> None:
        names = self.classes
        same = self.tr("as label") if names else self.tr("none")
        with QSignalBlocker(self.class_):
            self.class_.set_options([(None, same), *((name, name) for name in names)])
        self.class_.setEnabled(bool(names))
        one = self._known()
        self.network.setToolTip(plain_tip(f"{one.text}\n{one.value}" if one is not None else ""))

    def _edited(self) -> None:
        name = self.name.text().strip() or self.tr("a new label")
        for part, what in zip(self.cells(), titles(self), strict=False):
            part.setAccessibleName(f"{what}, {name}")
        self.remove.setAccessibleName(self.tr("Remove {0}").format(name))
        self.changed.emit()


def _label_problem(name: str) -> str:
    """Why a label cannot be the name of a folder; an empty one is told elsewhere."""
    try:
        if name:
            safe_label(name)
    except StudioError as error:
        return str(error)
    return ""


def titles(owner: QWidget) -> tuple[str, ...]:
    """What the columns hold."""
    return (
        owner.tr("Label (class folder)"),
        owner.tr("Network"),
        owner.tr("Its class"),
        owner.tr("Pictures"),
        owner.tr("First seed"),
        owner.tr("Truncation"),
    )


def _number(least: int, most: int, value: int) -> IntField:
    made = IntField()
    made.setRange(least, most)
    made.setGroupSeparatorShown(True)
    made.setValue(value)
    _indent(made)
    return made


def _indent(spin: QAbstractSpinBox) -> None:
    """Style sheets do not reach the padding of a spin box's own field."""
    spin.lineEdit().setTextMargins(GRID - 1, 0, 0, 0)


def _place(layout: QHBoxLayout, part: QWidget, width: int) -> None:
    """Columns of rows and header meet: what stretches must not mind its contents."""
    if width < 10:
        part.setMinimumWidth(64)
        part.setSizePolicy(QSizePolicy.Policy.Ignored, part.sizePolicy().verticalPolicy())
        layout.addWidget(part, width)
    else:
        part.setFixedWidth(width)
        layout.addWidget(part)


class EntriesTable(QWidget):
    """The rows under their titles."""

    changed = Signal()
    refused = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._networks: list[KnownNetwork] = []
        self.rows: list[EntryRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(GRID // 2)
        header = QHBoxLayout()
        header.setSpacing(GRID)
        for title, width in zip((*titles(self), ""), _WIDTHS, strict=True):
            _place(header, label(title, "small"), width)
        self._column.addLayout(header)

    def offer(self, networks: Sequence[KnownNetwork]) -> None:
        """Networks to choose from in every row."""
        self._networks = list(networks)
        for row in self.rows:
            row.offer(networks)

    def add(self, name: str = "") -> EntryRow:
        """One more row, with the settings of the one above it."""
        row = EntryRow(self._theme, self._networks)
        row.name.setText(name)
        row.name.setCursorPosition(0)
        if self.rows:
            above = self.rows[-1]
            row.offer(above._networks)
            if above.fields()["network"]:
                row.set_network(above.fields()["network"])
            row.count.setValue(above.count.value())
            row.first.setValue(above.first.value())
            row.truncation.setValue(above.truncation.value())
        row.changed.connect(self.changed)
        row.refused.connect(self.refused)
        row.removed.connect(lambda: self.remove(row))
        self.rows.append(row)
        self._column.addWidget(row)
        self._show_removable()
        self.changed.emit()
        return row

    def remove(self, row: EntryRow) -> None:
        """Take a row away; the last one stays."""
        if len(self.rows) < 2:
            return
        at = self.rows.index(row)
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.rows[min(at, len(self.rows) - 1)].name.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_removable()
        self.changed.emit()

    def clear(self) -> None:
        """No rows, for others to come."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = []

    def focused(self) -> EntryRow | None:
        """The row that is being edited."""
        return next((r for r in self.rows if any(c.hasFocus() for c in r.cells())), None)

    def _show_removable(self) -> None:
        for row in self.rows:
            row.remove.setEnabled(len(self.rows) > 1)
