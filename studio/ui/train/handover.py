"""What a data set that was handed over is, and the button that begins its training."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from studio.ui.context import StudioContext
from studio.ui.plots.image_sheet import ImageSheet
from studio.ui.plots.picture_window import PictureWindow
from studio.ui.theme.tokens import GRID, PADDING
from studio.ui.train.counts_grid import CountsGrid
from studio.ui.train.request import PaceEstimate, SplitCounts
from studio.ui.widgets import PrimaryButton, label, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import counted, duration, number

_WIDEST = 720  # px


class HandoverPage(QWidget):
    """Counts by class and split, the first crops, how long it will take, and [Start training].

    `start_requested` when the button is pressed.
    """

    start_requested = Signal()

    def __init__(self, context: StudioContext) -> None:
        super().__init__()
        self.setProperty("surface", "canvas")
        self.title = ElidedLabel(role="title", middle=True)
        self.facts = label("", "quiet", wrap=True)
        self.counts = CountsGrid()
        self.split = label("", "small", wrap=True)
        self.sheet = ImageSheet(
            context.theme, self.tr("First crops of the training set"), lambda image: image.label
        )
        self.sheet.opened.connect(lambda image: PictureWindow(self, context.theme, image).open())
        self.estimate = label("", "", wrap=True)
        self.why_not = label("", "small", wrap=True)
        self.start_button = PrimaryButton(self.tr("Start training"), self.start_requested.emit)
        self.start_button.setEnabled(False)
        inner = QWidget()
        inner.setMaximumWidth(_WIDEST)
        body = QVBoxLayout(inner)
        body.setContentsMargins(PADDING, PADDING, PADDING, PADDING)
        body.setSpacing(GRID)
        for part in (self.title, self.facts, self.counts, self.split):
            body.addWidget(part)
        body.addWidget(self.sheet, 1000)
        body.addWidget(self.estimate)
        body.addWidget(self.why_not)
        body.addLayout(row(self.start_button, None))
        body.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addStretch(1)
        layout.addWidget(inner, 1000)
        layout.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.sheet.setMaximumHeight(self.sheet.height_of_all())

    def show_source(self, folder: Path) -> None:
        """Say what was handed over; what is in it is still to come."""
        self.title.set_text(self.tr("Train on {0}").format(folder.name), str(folder))
        self.show_counts(None)
        self.show_estimate(None)

    def show_counts(self, counts: SplitCounts | None) -> None:
        """Show the pictures by class and split, and the first of them; None while they count."""
        forecast = counts.forecast if counts is not None else None
        self.counts.show_counts(forecast or counts)
        self.sheet.setVisible(counts is not None and bool(counts.examples))
        self.sheet.show_images(counts.examples if counts is not None else ())
        self.sheet.setMaximumHeight(self.sheet.height_of_all())
        if counts is None:
            self.facts.setText(self.tr("Counting the pictures…"))
            self.split.setText("")
            return
        train = counts.splits[0][1]
        pictures = counted(sum(train.values()), self.tr("{0} crop"), self.tr("{0} crops"))
        classes = counted(len(train), self.tr("{0} class"), self.tr("{0} classes"))
        self.facts.setText(self.tr("{0} of {1}").format(pictures, classes))
        self.split.setText(
            self.tr(
                "A fifth is held out for validation, by photograph and stack. Crops that look "
                "alike stay together, so that the start may still move some."
            )
            if forecast is not None
            else ""
        )
        self.split.setVisible(forecast is not None)

    def show_estimate(self, found: PaceEstimate | None) -> None:
        """Say how long the training will take, and what that rests on."""
        if found is None:
            self.estimate.setText("")
            return
        if found.seconds is None:
            words = self.tr("How long {0} takes here shows after its first epoch.")
            self.estimate.setText(words.format(epochs_words(self, found.epochs)))
            return
        paced = self.tr("as fast as {0}").format(found.like) if found.like else self.tr("a guess")
        words = self.tr("About {0} for {1} on this computer: {2}, {3} images/s.")
        self.estimate.setText(
            words.format(
                duration(found.seconds),
                epochs_words(self, found.epochs),
                paced,
                number(found.images_per_s, 0 if found.images_per_s >= 10 else 1),
            )
        )

    def show_state(self, can_start: bool, why_not: str) -> None:
        """Enable the button, or say why a run cannot start yet."""
        self.start_button.setEnabled(can_start)
        self.why_not.setText(why_not)
        self.why_not.setVisible(bool(why_not))


def epochs_words(owner: QWidget, epochs: int) -> str:
    """ "10 epochs"."""
    return counted(epochs, owner.tr("{0} epoch"), owner.tr("{0} epochs"))
