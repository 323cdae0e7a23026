"""Frames, film, contact sheet and latents of the morph; the session; the command for it all."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from studio.ui.context import StudioContext
from studio.ui.generate.controller import MorphController
from studio.ui.widgets import (
    Button,
    Choice,
    Field,
    FloatField,
    IconButton,
    IntField,
    PathField,
    column,
    row,
)
from studio.ui.widgets.new_folder import is_in_use, next_unused
from studio.ui.widgets.toast import copy_command


class ExportPanel(QWidget):
    """`requested(folder)` when Export is pressed with a folder that can be used.

    `session` is a part beside it: the session's files and the command that makes the morph.
    """

    requested = Signal(str)
    refused = Signal()  # what is wrong is said under the folder
    save_requested = Signal()
    open_requested = Signal()
    picture_requested = Signal()

    def __init__(self, context: StudioContext, controller: MorphController) -> None:
        super().__init__()
        self.context, self.controller = context, controller
        self.film = Choice(
            [
                (None, self.tr("frames only")),
                ("mp4", self.tr("and MP4")),
                ("gif", self.tr("and GIF")),
            ]
        )
        self.fps = IntField()
        self.fps.setRange(1, 60)
        self.seconds = FloatField()
        self.seconds.setRange(0, 600)
        self.seconds.setDecimals(1)
        self.seconds.setSuffix(self.tr(" s"))
        self.seconds.setSpecialValueText(self.tr("the frames, once"))
        self.fps_field = Field(self.tr("Frames a second"), self.fps)
        self.seconds_field = Field(self.tr("Length of the film"), self.seconds)
        self.picture = Button(self.tr("Save this picture…"), self.picture_requested.emit)
        self.out = PathField(self.tr("Folder of the export"), "new folder")
        self.out_field = Field(self.tr("Folder"), self.out)
        self.button = Button(self.tr("Export"), self.request)
        self.save = Button(self.tr("Save session…"), self.save_requested.emit)
        self.open = Button(self.tr("Open session…"), self.open_requested.emit)
        self.command = QLineEdit()
        self.command.setReadOnly(True)
        self.command.setAccessibleName(self.tr("The command that makes this morph"))
        self.copy_button = IconButton(
            context.theme, "copy", self.tr("Copy the command"), self.copy, size=16
        )
        layout = column(
            Field(self.tr("Frames, contact sheet, latents"), self.film),
            row(self.fps_field, self.seconds_field),
            self.out_field,
            row(self.button, self.picture, None),
        )
        layout.setContentsMargins(0, 0, 0, 0)
        self.setLayout(layout)
        self.session = QWidget()
        kept = column(row(self.save, self.open, None), row(self.command, self.copy_button))
        kept.setContentsMargins(0, 0, 0, 0)
        self.session.setLayout(kept)
        self.film.chosen.connect(lambda film: self.controller.update(film=film))
        self.fps.valueChanged.connect(lambda fps: self.controller.update(fps=fps))
        self.seconds.valueChanged.connect(
            lambda seconds: self.controller.update(seconds=round(seconds, 1) or None)
        )
        controller.session_changed.connect(self.refresh)

    def refresh(self) -> None:
        """The command of the session as it is."""
        from studio.generate.session_command import command_of

        session = self.controller.session
        if session is None:
            return
        self.film.set_value(session.film)
        for control in (self.fps, self.seconds):
            control.blockSignals(True)
        self.fps.setValue(session.fps)
        self.seconds.setValue(session.seconds or 0)
        for control in (self.fps, self.seconds):
            control.blockSignals(False)
        self.fps_field.setVisible(session.film is not None)
        self.seconds_field.setVisible(session.film is not None)
        text = command_of(session)
        if text != self.command.text():
            self.command.setText(text)
            self.command.setCursorPosition(0)

    def suggest(self) -> None:
        """A folder among the project's exports that is not there yet."""
        project = self.context.project
        if project is None:
            return
        self.out.set_text(str(next_unused(project.exports_dir / "morph-1")))

    def copy(self) -> None:
        """The command to the clipboard."""
        copy_command(self, self.command.text())

    def request(self) -> None:
        """Ask for the export, or say why it cannot be."""
        out = Path(self.out.text())
        if not self.out.text():
            self._refuse(self.tr("Say where the files go."))
            return
        if is_in_use(out):
            self._refuse(self.tr("This folder is not empty; nothing is overwritten."))
            return
        self.out_field.set_error("")
        self.requested.emit(str(out))

    def _refuse(self, sentence: str) -> None:
        self.refused.emit()
        self.out_field.set_error(sentence)
        self.out.setFocus()
