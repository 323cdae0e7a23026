"""The dialog for changing keys: choose an action, press the key it should have."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QVBoxLayout, QWidget

from studio.ui.chords import chords, shown
from studio.ui.context import StudioContext
from studio.ui.keymap import PRESETS, Bindings, KeyConflict
from studio.ui.theme.tokens import PADDING
from studio.ui.widgets import Button, Choice, Field, PrimaryButton, Table, label, row

_MODIFIER_KEYS = frozenset(
    key.value for key in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
)


class KeyCapture(QLineEdit):
    """A field that holds the key pressed in it instead of text."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setProperty("studioKeys", False)
        self.chord = ""

    def set_chord(self, chord: str) -> None:
        self.chord = chord
        self.setText(shown(chord))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _MODIFIER_KEYS:
            return
        names = chords(event)
        if names:
            self.set_chord(names[-1] if "Shift" in names[0] else names[0])

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802  # Qt's name
        return False  # Tab is a key like others here


class RemapDialog(QDialog):
    """Applies changes at once; a key that is taken in the same mode is refused."""

    def __init__(self, parent: QWidget, context: StudioContext) -> None:
        super().__init__(parent)
        self._context = context
        self.setWindowTitle(self.tr("Keys"))
        self.resize(720, 560)
        self.preset = Choice([(name, name.capitalize()) for name in PRESETS])
        self.preset.set_value(context.keymap.preset)
        self.preset.chosen.connect(self._use_preset)
        headers = [self.tr("Action"), self.tr("Where"), self.tr("Keys"), "id"]
        self.table = Table(self.tr("Actions"), headers)
        self.table.setColumnHidden(3, True)
        self.table.selectionModel().selectionChanged.connect(lambda *_: self._chosen())
        self.capture = KeyCapture()
        self.capture_field = Field(
            self.tr("New key"), self.capture, self.tr("Click here and press the key.")
        )
        self.assign = PrimaryButton(self.tr("Assign"), self._assign)
        self.add = Button(self.tr("Add as another key"), self._add)
        self.reset = Button(self.tr("Reset this one"), self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        layout.setSpacing(PADDING)
        layout.addWidget(label(self.tr("Keys"), "heading"))
        layout.addWidget(Field(self.tr("Preset"), self.preset))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.capture_field)
        close = Button(self.tr("Close"), self.accept)
        layout.addLayout(row(self.reset, None, close, self.add, self.assign))
        self.finished.connect(self.deleteLater)
        self._fill()

    def _fill(self) -> None:
        keymap = self._context.keymap
        rows = [
            (
                action.title,
                keymap.mode_of(action.id) or action.mode,
                ", ".join(shown(key) for key in keymap.keys(action.id)),
                action.id,
            )
            for action in self._context.registry.all()
            if not action.passing
        ]
        self.table.set_rows(rows)
        self._chosen()

    def _chosen(self) -> None:
        chosen = self.table.selected_rows()
        for button in (self.assign, self.add):
            button.setEnabled(bool(chosen))
        self.reset.setEnabled(bool(chosen) and chosen[0][3] in self._own().get(chosen[0][1], {}))
        self.capture_field.set_error("")

    def _own(self) -> Bindings:
        """The changes over the preset that are kept."""
        own: Bindings = self._context.settings.get("keys", {})
        return own

    def _use_preset(self, preset: str) -> None:
        self._context.keymap.use(preset)
        self._context.settings.set("keymap", preset)
        self._context.settings.set("keys", {})
        self._fill()

    def _assign(self) -> None:
        self._give(lambda action_id: [self.capture.chord])

    def _add(self) -> None:
        keys = self._context.keymap.keys
        self._give(lambda action_id: list(dict.fromkeys([*keys(action_id), self.capture.chord])))

    def _give(self, keys_of: Callable[[str], list[str]]) -> None:
        chosen = self.table.selected_rows()
        if not chosen or not self.capture.chord:
            self.capture_field.set_error(self.tr("Choose an action and press a key first."))
            return
        _, mode, _, action_id = chosen[0]
        keys = keys_of(action_id)
        if self._bind(mode, action_id, keys):
            own = self._own()
            self._keep({**own, mode: {**own.get(mode, {}), action_id: keys}}, action_id)

    def _reset(self) -> None:
        _, mode, _, action_id = self.table.selected_rows()[0]
        if self._bind(mode, action_id, self._context.keymap.shipped(mode, action_id)):
            own = self._own()
            left = {id_: keys for id_, keys in own[mode].items() if id_ != action_id}
            self._keep({**own, mode: left}, action_id)

    def _bind(self, mode: str, action_id: str, keys: list[str]) -> bool:
        try:
            self._context.keymap.bind(mode, action_id, keys)
        except KeyConflict as error:
            owner = self._context.registry.by_id(error.owner)
            self.capture_field.set_error(
                self.tr(
                    "{0} already means “{1}” here: choose another key or free it first."
                ).format(error.key, owner.title if owner else error.owner)
            )
            return False
        return True

    def _keep(self, own: Bindings, action_id: str) -> None:
        self._context.settings.set("keys", own)
        self._fill()
        rows = [self.table.rows.row(i) for i in range(self.table.rows.rowCount())]
        self.table.choose(next(i for i, one in enumerate(rows) if one[3] == action_id))
