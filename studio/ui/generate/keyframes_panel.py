"""Pictures that the path passes on its way from A to B, and the way back to A."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from studio.ui.generate.controller import MorphController
from studio.ui.generate.endpoint_panel import SEED_MOST
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, Choice, IconButton, IntField, column, label, row
from studio.ui.widgets.elided import ElidedLabel

if TYPE_CHECKING:
    from studio.generate.session import Endpoint


class KeyframesPanel(QWidget):
    """A row for each keyframe between the ends: a seed with its class, or a latent file."""

    def __init__(self, controller: MorphController, theme: Theme) -> None:
        super().__init__()
        self.controller, self._theme = controller, theme
        self._known: list[Endpoint] | None = None
        self.rows: list[KeyframeRow] = []
        self._list = QVBoxLayout()
        self._list.setSpacing(GRID // 2)
        self.closed = QCheckBox(self.tr("Close the loop: from B back to A"))
        self.closed.toggled.connect(lambda on: self._change(closed=on))
        self.add_seed = Button(self.tr("Add a seed"), self._add_seed)
        self.add_latent = Button(self.tr("Add a latent…"), self._choose_latent)
        self.problem = label("", "error", wrap=True)
        self.problem.hide()
        layout = column(
            self._list, row(self.add_seed, self.add_latent, None), self.closed, self.problem
        )
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        controller.session_changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show what the session says."""
        session = self.controller.session
        if session is None:
            return
        blocked = self.closed.blockSignals(True)
        self.closed.setChecked(session.closed)
        self.closed.blockSignals(blocked)
        if session.via == self._known:
            return
        shapes = [one.model_copy(update={"seed": 0, "class_name": None}) for one in session.via]
        same = self._known is not None and shapes == [
            one.model_copy(update={"seed": 0, "class_name": None}) for one in self._known
        ]
        self._known = list(session.via)
        if same:  # a number was typed: the row that has the focus stays
            for made, keyframe in zip(self.rows, session.via, strict=True):
                made.show_keyframe(keyframe)
        else:
            self._fill(session.via)

    def _fill(self, via: "list[Endpoint]") -> None:
        for old in self.rows:
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.rows = []
        for number, keyframe in enumerate(via):
            made = KeyframeRow(self._theme, keyframe, self.controller.classes, number, len(via))
            made.seed.valueChanged.connect(partial(self._seed_changed, number))
            made.class_name.chosen.connect(partial(self._class_changed, number))
            made.up.clicked.connect(partial(self._move, number, -1))
            made.down.clicked.connect(partial(self._move, number, 1))
            made.remove.clicked.connect(partial(self._remove, number))
            self._list.addWidget(made)
            self.rows.append(made)

    def _add_seed(self) -> None:
        from studio.generate.session import Endpoint

        session = self.controller.session
        if session is None:
            return
        last = (session.via or [session.source])[-1]
        seed = (last.seed or 0) + 1 if last.kind == "seed" else 0
        while any(one.seed == seed for one in session.endpoints):
            seed += 1  # a keyframe of its own, not one of the ends again
        name = session.target.class_name if self.controller.classes else None
        self._set([*session.via, Endpoint(kind="seed", seed=seed, class_name=name)])

    def _choose_latent(self) -> None:
        found, _ = QFileDialog.getOpenFileName(self, self.tr("Add a latent"), "", "*.npz")
        if found:
            self.add_file(Path(found))

    def add_file(self, path: Path) -> None:
        """Pass the latent of a file on the way."""
        from studio.generate.session import Endpoint

        session = self.controller.session
        if session is not None:
            self._set([*session.via, Endpoint(kind="latent", latent=str(path))])

    def _seed_changed(self, number: int, seed: int) -> None:
        self._update(number, seed=seed)

    def _class_changed(self, number: int, name: object) -> None:
        self._update(number, class_name=name)

    def _update(self, number: int, **changes: object) -> None:
        session = self.controller.session
        if session is not None:
            via = list(session.via)
            via[number] = via[number].model_copy(update=changes)
            self._set(via)

    def _move(self, number: int, by: int) -> None:
        session = self.controller.session
        if session is not None and 0 <= number + by < len(session.via):
            via = list(session.via)
            via.insert(number + by, via.pop(number))
            self._set(via)
            self.rows[number + by].seed.setFocus()

    def _remove(self, number: int) -> None:
        session = self.controller.session
        if session is not None:
            self._set([one for place, one in enumerate(session.via) if place != number])

    def _set(self, via: "list[Endpoint]") -> None:
        self._change(via=via)

    def _change(self, **changes: object) -> None:
        """Change the session where it stays one; else say why, and show it as it was."""
        from pydantic import ValidationError

        from studio.validation import first_fault

        session = self.controller.session
        if session is None:
            return
        try:
            type(session).model_validate({**session.model_dump(), **_plain(changes)})
        except ValidationError as error:
            self.problem.setText(first_fault(error))
            self.problem.show()
            self._known = None
            self.refresh()
            return
        self.problem.hide()
        self.controller.update(**changes)


class KeyframeRow(QWidget):
    """One keyframe and what can be done with it."""

    def __init__(
        self, theme: Theme, keyframe: "Endpoint", classes: list[str], number: int, count: int
    ) -> None:
        super().__init__()
        name = self.tr("Keyframe {0}").format(number + 1)
        self.seed = IntField()
        self.seed.setRange(0, SEED_MOST)
        self.seed.setMinimumWidth(72)
        self.seed.lineEdit().setTextMargins(GRID - 1, 0, 0, 0)
        self.seed.setAccessibleName(self.tr("{0}: seed").format(name))
        self.class_name = Choice([(one, one) for one in classes])
        self.class_name.setAccessibleName(self.tr("{0}: class").format(name))
        self.file = ElidedLabel()
        self.up = IconButton(theme, "up", self.tr("{0}: earlier").format(name), size=16)
        self.down = IconButton(theme, "down", self.tr("{0}: later").format(name), size=16)
        self.remove = IconButton(theme, "close", self.tr("{0}: remove").format(name), size=16)
        self.up.setEnabled(number > 0)
        self.down.setEnabled(number < count - 1)
        line = row(self.seed, self.class_name, self.file, self.up, self.down, self.remove, gap=4)
        line.setStretch(1, 1)
        line.setStretch(2, 1)
        self.setLayout(line)
        seeded = keyframe.kind == "seed"
        self.seed.setVisible(seeded)
        self.class_name.setVisible(seeded and bool(classes))
        self.file.setVisible(not seeded)
        self.show_keyframe(keyframe)

    def show_keyframe(self, keyframe: "Endpoint") -> None:
        """The number and the class as the session has them."""
        for control in (self.seed, self.class_name):
            control.blockSignals(True)
        self.seed.setValue(min(keyframe.seed or 0, SEED_MOST))
        if keyframe.class_name is not None:
            self.class_name.set_value(keyframe.class_name)
        path = keyframe.photograph or keyframe.latent or ""
        self.file.set_text(Path(path).name, path)
        for control in (self.seed, self.class_name):
            control.blockSignals(False)


def _plain(changes: dict[str, object]) -> dict[str, object]:
    """The changes as a session's file would hold them."""
    via = changes.get("via")
    if not isinstance(via, list):
        return changes
    return {**changes, "via": [one.model_dump() for one in via]}
