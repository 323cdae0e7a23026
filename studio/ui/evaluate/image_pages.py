"""Pages of pictures: those with the greatest loss, and those whose label is likely to be wrong."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from studio.files import write_text
from studio.results.cells import LossImage
from studio.results.tables import NOTICE
from studio.results.wrong_labels import LabelCandidate
from studio.tables import table_text
from studio.ui.evaluate.assessed import TestAssessment
from studio.ui.plots.image_sheet import ImageSheet
from studio.ui.plots.picture_window import PictureWindow
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Button, Choice, label, row
from studio.ui.widgets.toast import announce
from studio.wording import count, counted, number

_TILE = QSize(204, 208)  # px, for two lines with a class and a figure


class _SheetPage(QWidget):
    """Tiles below a caption; controls go into `head`, at its right. A tile opens large."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        self._theme = theme
        self.caption = label(title, "strong")
        self.about = label("", "small", wrap=True)
        self.sheet = ImageSheet(theme, title, self.tile_words, _TILE)
        self.sheet.opened.connect(self._open)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        self.head = row(self.caption, None)
        layout.addLayout(self.head)
        layout.addWidget(self.about)
        layout.addWidget(self.sheet, 1)
        layout.addStretch(0)

    def tile_words(self, image: Any) -> str:
        """What stands below a tile."""
        raise NotImplementedError

    def words(self, image: Any) -> str:
        """What stands below a picture that is shown large."""
        raise NotImplementedError

    def show_images(self, images: Sequence[Any]) -> None:
        """Show other images."""
        self.sheet.show_images(images)
        self.sheet.setVisible(bool(images))

    def _open(self, image: Any) -> None:
        PictureWindow(self, self._theme, image, self.sheet.images.images, self.words).open()


class ErrorsPage(_SheetPage):
    """All pictures of a test set, the greatest loss first."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, self.tr("Errors by loss"))

    def show_assessment(self, found: TestAssessment | None) -> None:
        """Show a test set's; nothing while it is being made."""
        images = found.losses if found is not None else []
        self.show_images(images)
        wrong = sum(one.called != one.label for one in images)
        words = self.tr(
            "Greatest cross-entropy first: those that the model is surest and wrong of. In {0} of "
            "{1} the likeliest class is not the true one."
        )
        self.about.setText(words.format(count(wrong), count(len(images))) if images else "")

    def tile_words(self, image: LossImage) -> str:
        called = f"{image.called} {number(image.called_score)}"
        return self.tr("true: {0}\ncalled: {1}").format(image.label, called)

    def words(self, image: LossImage) -> str:
        return self.tr("Truly {0} ({1}) · called {2} ({3}) · loss {4}").format(
            image.label, number(image.score), image.called, number(image.called_score),
            number(image.loss),
        )  # fmt: skip


TEST, VALIDATION = "test", "validation"


class LabelsPage(_SheetPage):
    """Candidates for wrong labels of the test or the validation set, the largest margin first.

    `review_requested(list[str])` with their files, for those that are images of the project."""

    review_requested = Signal(list)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, self.tr("Wrong labels?"))
        self.of = Choice()
        self.of.setAccessibleName(self.tr("Which images"))
        self.review = Button(self.tr("Review these"), self._review)
        self.save = Button(self.tr("Save the list…"), self._save)
        for control in (self.of, self.review, self.save):
            self.head.addWidget(control)
        self.of.chosen.connect(lambda _: self._show())
        self._found: TestAssessment | None = None

    def show_assessment(self, found: TestAssessment | None) -> None:
        """Show a test set's and the validation set's; nothing while they are being made."""
        self._found = found
        if found is not None:
            options = [(TEST, found.title)]
            if found.validation is not None:
                options.append((VALIDATION, self.tr("Validation")))
            self.of.set_options(options)
        self._show()

    def candidates(self) -> list[LabelCandidate]:
        """Those of the set that is chosen."""
        found = self._found
        if found is None:
            return []
        return found.validation_candidates if self.of.value() == VALIDATION else found.candidates

    def _show(self) -> None:
        images = self.candidates()
        self.show_images(images)
        for button in (self.review, self.save):
            button.setEnabled(bool(images))
        self.about.setText(self._about(len(images)) if self._found is not None else "")

    def _about(self, images: int) -> str:
        if not images:
            return self.tr("No image of this set looks as if its label were wrong.")
        told = counted(images, self.tr("{0} image"), self.tr("{0} images"))
        return self.tr(
            "{0} by confident learning: the model gives another class at least the probability "
            "that it gives on average to images with that label. Look at them; many are right."
        ).format(told)

    def tile_words(self, image: LabelCandidate) -> str:
        suggested = f"{image.suggested} {number(image.score)}"
        return self.tr("label: {0}\nlike: {1}").format(image.label, suggested)

    def words(self, image: LabelCandidate) -> str:
        return self.tr("Labelled {0} ({1}) · more like {2} ({3})").format(
            image.label, number(image.own), image.suggested, number(image.score)
        )

    def _review(self) -> None:
        self.review_requested.emit([one.file for one in self.candidates()])

    def _save(self) -> None:
        found, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the list"), "wrong-label-candidates.csv", "CSV (*.csv)"
        )
        if not found:
            return
        path = Path(found)
        head = ["file", "label", "suggested", "p_label", "p_suggested", "margin", "notice"]
        rows = [
            (
                one.file, one.label, one.suggested, f"{one.own:.9g}", f"{one.score:.9g}",
                f"{one.margin:.9g}", NOTICE,
            )
            for one in self.candidates()
        ]  # fmt: skip
        try:
            write_text(path, table_text(head, rows), errors="surrogateescape")
        except OSError as error:
            words = self.tr("{0} cannot be written: {1}.").format(path, error.strerror)
            announce(self, words, "error")
            return
        announce(self, self.tr("The list is in {0}.").format(path))
