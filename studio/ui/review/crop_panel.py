"""The crop that will be exported, always beside the canvas, and the facts of the current box."""

from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from studio.project import Box, BoxState, ImageRow, Label
from studio.ui.review.label_keys import LabelKeys
from studio.ui.review.rows import upright_size
from studio.ui.review.words import REASONS, origin_word, pixels, reason_word, state_word
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, Panel, ScrollPanel, Separator, column, label, row
from studio.ui.words import plain_tip
from studio.wording import count, number

SIZES = (224, 256, 384, 512)  # pixels; 224 is what the usual backbones are trained at


class CropView(QWidget):
    """The crop at training resolution, drawn to the panel's width; nothing is drawn over it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._image: QImage | None = None
        self._words = ""
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("The crop as it will be exported"))
        theme.changed.connect(self.update)

    def set_image(self, image: QImage | None, words: str = "") -> None:
        self._image, self._words = image, words
        self.update()

    @property
    def image(self) -> QImage | None:
        return self._image

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return min(width, 320)

    def sizeHint(self) -> QSize:
        return QSize(268, 268)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        side = min(self.width(), self.height())
        area = QRectF((self.width() - side) / 2, 0, side, side)
        painter.fillRect(area, self._theme.color("canvas"))
        if self._image is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, self._image, QRectF(self._image.rect()))
        elif self._words:
            painter.setPen(self._theme.color("quiet"))
            flags = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(area.adjusted(16, 16, -16, -16), flags, self._words)
        painter.end()


class CropPanel(QWidget):
    """Fill it with `set_crop`, `set_box` and `set_progress`; the progress never scrolls away."""

    size_chosen = Signal(object)  # pixels
    label_chosen = Signal(int)  # label id
    reason_chosen = Signal(object)  # reason of a rejection, None for none

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.crop = CropView(theme)
        self._caption = label("", "quiet")
        self.size_choice = Choice([(size, f"{size} px") for size in SIZES])
        self.size_choice.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.size_choice.setFixedWidth(88)
        self.size_choice.setAccessibleName(self.tr("Training resolution"))
        self.size_choice.setToolTip(self.tr("Training resolution of the crop shown"))
        self.size_choice.chosen.connect(self.size_chosen)
        self._synthetic = label(self.tr("synthetic sample"), "badge")
        self._edge = label("", "", wrap=True)
        self.labels = LabelKeys()
        self.labels.chosen.connect(self.label_chosen)
        self._facts = _BoxDetails()
        self._facts.reason.chosen.connect(self.reason_chosen)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Images done"))
        self._done = label("", "strong", wrap=True)
        self._pace = label("", "small")
        self._compose()

    def _compose(self) -> None:
        scroll, footer = ScrollPanel(), Panel()
        title = label(self.tr("Crop as exported"), "caption")
        scroll.add(row(title, None, self._synthetic), self.crop)
        scroll.add(row(self._caption, None, self.size_choice), self._edge)
        scroll.add(Separator(), label(self.tr("Label"), "caption"), self.labels)
        scroll.add(Separator(), self._facts)
        scroll.panel.body.addStretch(1)
        footer.add(self._done, self._bar, self._pace)
        outer = column(scroll, Separator(), footer, gap=0)
        outer.setStretch(0, 1)
        self.setLayout(outer)

    def set_crop(
        self, image: QImage | None, box_side: float, size: int, edge: str, synthetic: bool
    ) -> None:
        """The crop (None while it is made), from how many pixels, and what the edge does to it."""
        self.crop.set_image(image)
        self._synthetic.setVisible(synthetic)
        self._caption.setText(self.tr("from {}").format(pixels(box_side)))
        enlarged = box_side < size
        note = self.tr("Enlarged: the box has fewer pixels than the crop.") if enlarged else ""
        self._edge.setText(edge or note)
        self._edge.setVisible(bool(edge or note))

    def set_no_crop(self, words: str) -> None:
        """No box, or none that can be shown."""
        self.crop.set_image(None, words)
        self._synthetic.hide()
        self._caption.setText("")
        self._edge.hide()

    def set_box(
        self,
        box: Box | None,
        image: ImageRow | None,
        more: str = "",
        pending: str = "",
        decided: str = "",
        readers: str = "",
    ) -> None:
        """The facts of the current box and its image.

        `pending` says what is not saved yet, `decided` who decided the box and when, `readers` what
        came of the decisions of two.
        """
        self.labels.set_current(box.label_id if box else None)
        self._facts.fill(box, image, more, pending, decided, readers)

    def set_labels(self, labels: list[Label], keys: Mapping[int, str], more: str) -> None:
        """The labels with their keys by label id; `more` goes before a letter."""
        self.labels.set_labels(labels, keys, more)

    def set_progress(self, done: int, total: int, words: str, pace: str) -> None:
        """How many images of the queue are done, the same in `words`, and how fast."""
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        self._done.setText(words)
        self._pace.setText(pace)


class _BoxDetails(QWidget):
    """Name and value in two columns; values are plain text and wrap."""

    def __init__(self) -> None:
        super().__init__()
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID * 2)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addLayout(self._grid)
        self._values = {}
        names = {
            "state": self.tr("State"),
            "decided": self.tr("Decided"),
            "readers": self.tr("Readers"),
            "reason": self.tr("Reason"),
            "score": self.tr("Score"),
            "source": self.tr("Source"),
            "note": self.tr("Note"),
            "file": self.tr("File"),
            "picture": self.tr("Picture"),
            "more": self.tr("More"),
        }
        self.reason = Choice([(None, self.tr("none")), *((r, reason_word(r)) for r in REASONS)])
        self.reason.setAccessibleName(self.tr("Reason of the rejection"))
        for line, (key, name) in enumerate(names.items()):
            title = label(name, "quiet")
            if key == "reason":
                self._grid.addWidget(title, line, 0)
                self._grid.addWidget(self.reason, line, 1)
                self._reason_title = title
                continue
            value = label("", "", wrap=True)
            value.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
            self._grid.addWidget(title, line, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(value, line, 1)
            self._values[key] = (title, value)

    def _set_value(self, key: str, text: str, tip: str = "") -> None:
        title, value = self._values[key]
        value.setText(text)
        value.setToolTip(plain_tip(tip))
        value.setAccessibleName(f"{title.text()}: {text}")
        for part in (title, value):
            part.setVisible(bool(text))

    def _show_reason(self, box: Box | None) -> None:
        rejected = box is not None and box.state is BoxState.REJECTED
        blocked = self.reason.blockSignals(True)
        self.reason.set_value(box.reason if box is not None else None)
        self.reason.blockSignals(blocked)
        for part in (self._reason_title, self.reason):
            part.setVisible(rejected)

    def fill(
        self,
        box: Box | None,
        image: ImageRow | None,
        more: str,
        pending: str,
        decided: str,
        readers: str,
    ) -> None:
        self._set_value("state", pending or (state_word(box.state) if box else ""))
        self._set_value("decided", decided, decided)
        self._set_value("readers", readers, readers)
        self._show_reason(box)
        score = "" if box is None or box.score is None else number(box.score, 2)
        self._set_value("score", score)
        source = "" if box is None else origin_word(box.origin)
        if box is not None and box.version:
            source += f" {box.version}"
        self._set_value("source", source)
        self._set_value("note", box.comment or "" if box else "")
        self._set_value("file", breakable(image.file) if image else "")
        size = [count(side) for side in upright_size(image)] if image else []
        self._set_value("picture", self.tr("{} × {} px").format(*size) if size else "")
        self._set_value("more", more)


def breakable(name: str, most: int = 120) -> str:
    """A file name that a label can wrap and that stays a few lines long."""
    if len(name) > most:
        name = name[: most // 2] + "…" + name[-most // 2 :]
    return "\u200b".join(name[i : i + 12] for i in range(0, len(name), 12))
