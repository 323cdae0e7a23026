"""The line over the canvas: which queue, why this image, where in it, and that all is saved."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QHBoxLayout

from studio import wording
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import FlatButton, IconButton, label, set_role
from studio.ui.widgets.elided import ElidedLabel
from studio.ui.widgets.panel import Panel

HEIGHT = 48
THUMB = 32  # px
TOLD_MS = 2500


class ReviewHeader(Panel):
    """`set_*` fill it; the queue's name opens the filter.

    What is asked or said about the box that was decided last stands here, beside its crop: over
    the canvas it would lie on the next image.
    """

    filter_requested = Signal()
    grid_requested = Signal()
    place_requested = Signal()
    zoom_requested = Signal()  # to keep the zoom, or not any more

    def __init__(self, theme: Theme) -> None:
        super().__init__(padding=0)
        self.setFixedHeight(HEIGHT)
        self.queue = FlatButton("", self.filter_requested.emit)
        self.queue.setIcon(theme.icon("filter"))
        self._theme = theme
        theme.changed.connect(self._apply_theme)
        self.queue.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.queue.setToolTip(self.tr("Filter and order of this queue"))
        self.why = ElidedLabel(role="quiet")
        self.thumb, self.note = label(""), ElidedLabel(role="strong")
        self._told = QTimer(self)
        self._told.setSingleShot(True)
        self._told.setInterval(TOLD_MS)
        self._told.timeout.connect(self.clear_note)
        self._grid_shown = False
        self.zoom = FlatButton("", self.zoom_requested.emit)
        self.place = FlatButton("", self.place_requested.emit)
        for button in (self.zoom, self.place):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.zoom.setToolTip(self.tr("Zoom; click to keep it over boxes and pictures, or not"))
        self.place.setToolTip(self.tr("Go to a number"))
        self.saved = label("", "quiet")
        self.grid = IconButton(theme, "grid", self.tr("Contact sheet"), self.grid_requested.emit)
        line = QHBoxLayout()
        line.setContentsMargins(GRID, 0, GRID * 2, 0)
        line.setSpacing(GRID * 2)
        line.addWidget(self.queue)
        line.addWidget(self.why, 1)
        line.addWidget(self.thumb)
        line.addWidget(self.note, 1)
        line.addWidget(self.zoom)
        line.addWidget(self.place)
        line.addWidget(self.saved)
        line.addWidget(self.grid)
        self.body.addLayout(line)
        self.thumb.hide()
        self.note.hide()

    def ask(self, question: str, crop: QImage | None = None) -> None:
        """Ask about a box, whose crop is shown where it is here, until `clear_note`."""
        self._told.stop()
        picture = QPixmap() if crop is None else QPixmap.fromImage(crop)
        if not picture.isNull():
            smooth = Qt.TransformationMode.SmoothTransformation
            picture = picture.scaled(THUMB, THUMB, mode=smooth)
        self.thumb.setPixmap(picture)
        self.note.set_text(question)
        self._show_note(True)

    def tell(self, text: str) -> None:
        """Say for a moment what has been done."""
        self.ask(text)
        self._told.start()

    def clear_note(self) -> None:
        """Show the queue again."""
        self._told.stop()
        self.note.set_text("")
        self._show_note(False)

    def _show_note(self, on: bool) -> None:
        self.thumb.setVisible(on and not self.thumb.pixmap().isNull())
        self.note.setVisible(on)
        self.why.setVisible(not on)
        self.queue.setVisible(not on and not self._grid_shown)

    def _apply_theme(self) -> None:
        self.queue.setIcon(self._theme.icon("filter"))

    def set_queue(self, title: str) -> None:
        metrics = self.queue.fontMetrics()
        text = metrics.elidedText(title, Qt.TextElideMode.ElideRight, 360)
        self.queue.setText(text.replace("&", "&&"))  # a button takes & for a mnemonic
        self.queue.setAccessibleName(self.tr("Queue: {}").format(title))

    def set_place(self, index: int, count: int) -> None:
        self.place.setText(f"{wording.count(index + 1)} / {wording.count(count)}" if count else "")
        self.place.setAccessibleName(self.tr("Image {} of {}").format(index + 1, count))

    def set_zoom(self, kind: str, percent: float, kept: bool) -> None:
        """What decides the zoom ("fit", "box" or "free"), how much it is, and whether it stays."""
        names = {"fit": self.tr("Fit"), "box": self.tr("Box")}
        text = names.get(kind, wording.percent(percent / 100, 0))
        self.zoom.setText(self.tr("{} · kept").format(text) if kept else text)
        self.zoom.setAccessibleName(self.tr("Zoom: {}").format(self.zoom.text()))

    def set_saved(self, text: str, *, wrong: bool = False) -> None:
        self.saved.setText(text)
        set_role(self.saved, role="error" if wrong else "quiet")

    def set_grid(self, on: bool) -> None:
        """Whether the contact sheet is shown, which has a queue of its own."""
        self._grid_shown = on
        self.clear_note()
        self.place.setVisible(not on)
        self.zoom.setVisible(not on)
        set_role(self.why, role="strong" if on else "quiet")
        if on:
            self.why.set_text(self.tr("Contact sheet: undecided crops, as they will be exported"))
        self.grid.set_icon_name("single" if on else "grid")
        name = self.tr("Single image") if on else self.tr("Contact sheet")
        self.grid.setAccessibleName(name)
        self.grid.setToolTip(name)
