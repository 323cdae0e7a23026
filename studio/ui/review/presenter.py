"""Shows the state of the controller: picture, boxes, crop, strip, header."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from studio.imaging import Square, fit_square
from studio.project import Box, BoxState, ImageRow, Label
from studio.ui.imageloader import ImageLoader
from studio.ui.review import words
from studio.ui.review.box_painter import DrawnBox
from studio.ui.review.decision_controller import DecisionController
from studio.ui.review.editor import BoxEditor
from studio.ui.review.filmstrip import FilmRow
from studio.ui.review.layout import ReviewLayout
from studio.ui.review.prefetch import (
    Prefetch,
    aid_key,
    crop_key,
    full_key,
    preview_key,
    thumb_key,
)
from studio.ui.review.rows import stored, upright, upright_size
from studio.ui.review.words import edge_notice
from studio.wording import counted, number

DEFAULT_SIZE = 224
SCROLL_PAUSE = 30  # ms; rows that fly past are not asked for


class ReviewPresenter(QObject):
    """One for each open project; `close` before the next."""

    original_missing = Signal(object)  # Path of an original that is not on the disk

    def __init__(
        self,
        layout: ReviewLayout,
        controller: DecisionController,
        editor: BoxEditor,
        prefetch: Prefetch,
        loader: ImageLoader,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._layout, self._controller, self._editor = layout, controller, editor
        self._navigator = controller.navigator
        self._prefetch, self._loader = prefetch, loader
        self.labels: dict[int, Label] = {}
        self.reload_labels()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SCROLL_PAUSE)
        self._pause.timeout.connect(self.fetch_thumbs)
        self.crop_size = DEFAULT_SIZE
        self.aid: str | None = None
        self._image_id: int | None = None  # on the canvas
        self._asked_about: tuple[int, int | None] | None = None  # image and box; None asks anew
        controller.in_sight, controller.bring_into_sight = self._in_sight, self._bring_into_sight
        self._connect()

    def _connect(self) -> None:
        self._controller.moved.connect(self.show_image)
        self._controller.changed.connect(self.show_boxes)
        self._editor.pending_changed.connect(self.show_boxes)
        self._editor.placing_moved.connect(self.show_crop)
        self._loader.ready.connect(self._ready)
        self._loader.failed.connect(self._failed)
        self._layout.film.scrolled.connect(self._pause.start)
        self._layout.canvas.canvas_shown.connect(self._controller.mark_visible)

    def reload_labels(self) -> None:
        """Read the labels of the project again."""
        self._navigator.read_labels()
        self.labels = {one.id: one for one in self._navigator.labels}

    def close(self) -> None:
        """Disconnect from the loader, the film strip and the canvas."""
        self._loader.ready.disconnect(self._ready)
        self._loader.failed.disconnect(self._failed)
        self._layout.film.scrolled.disconnect(self._pause.start)
        self._pause.stop()
        self._layout.canvas.canvas_shown.disconnect(self._controller.mark_visible)
        self._prefetch.stop()

    # --- the picture --------------------------------------------------------------------------

    def show_image(self) -> None:
        """Show the image with the tiers that are loaded, and ask for the others."""
        image, navigator = self._navigator.image, self._navigator
        self._editor.reset()
        self._controller.unreadable = False
        self._asked_about = None
        if image is None:
            self._image_id = None
            self._layout.canvas.clear()
            return
        same = self._image_id == image.id
        self._layout.canvas.set_picture(*upright_size(image), synthetic=image.synthetic, same=same)
        self._set_tiers(image)
        self.show_boxes()
        self._layout.film.set_current(navigator.index)
        self._prefetch.image(navigator.queue, max(navigator.index, 0), image, navigator.direction)
        failed = self._loader.error(preview_key(image))
        if failed is not None:
            self._show_failure(image, failed)
        if self.aid is not None:
            self.set_aid(self.aid)

    def _set_tiers(self, image: ImageRow) -> None:
        preview = self._loader.get(preview_key(image))
        self._layout.canvas.set_tiers(preview, self._loader.get(full_key(image.id)))

    def _ready(self, key: object) -> None:
        image = self._navigator.image
        if not isinstance(key, tuple) or image is None:
            return
        if key[0] == "thumb":
            self._layout.film.refresh()
        elif key in (preview_key(image), full_key(image.id)):
            self._set_tiers(image)
            if key == full_key(image.id):
                self.show_crop()
        elif key[0] == "crop" and key[1] == image.id:
            self.show_crop()
        elif self.aid is not None and key == aid_key(image.id, self.aid):
            self._layout.canvas.set_aid(self._loader.get(key))

    def _failed(self, key: object, sentence: str) -> None:
        image = self._navigator.image
        if image is not None and key in (preview_key(image), full_key(image.id)):
            self._show_failure(image, sentence)
        self._layout.film.refresh()

    def _show_failure(self, image: ImageRow, sentence: str) -> None:
        self._controller.unreadable = True
        path = self._navigator.project.images.path(image)
        if self._loader.is_missing(preview_key(image)) or self._loader.is_missing(
            full_key(image.id)
        ):
            title = self.tr("The original of this picture is not here")
            text = self.tr("{}\n\nIts boxes stay as they are until the original is back.").format(
                words.clipped(image.file)
            )
            self.original_missing.emit(path)
        else:
            title = self.tr("This picture cannot be read")
            text = self.tr(
                "{}\n\nIts boxes stay as they are: nothing is decided about what cannot be seen. "
                "Go on with the next image."
            ).format(words.naming(sentence, path.name, image.file))
        self._layout.canvas.set_message(title, text)
        self._layout.panel.set_no_crop(self.tr("No crop: the picture cannot be seen."))
        self._controller.image_unreadable.emit()

    def retry_unreadable(self) -> None:
        """Try again to read what could not be read."""
        self._loader.forget_errors()
        self.show_image()
        self.fetch_thumbs()

    def restart_guard(self) -> None:
        """The picture comes to the front again: keys count a moment after it is painted."""
        if self._navigator.image is not None:
            self._controller.mark_hidden()
            self._layout.canvas.announce_next_paint()

    def set_aid(self, aid: str | None) -> None:
        """A held display aid: "clahe", "grey_world", or none."""
        self.aid = aid
        image = self._navigator.image
        if aid is None or image is None:
            self._layout.canvas.set_aid(None)
            return
        shown = self._loader.get(aid_key(image.id, aid))
        self._layout.canvas.set_aid(shown)
        if shown is None:
            self._prefetch.aid(image, aid)

    # --- the boxes ----------------------------------------------------------------------------

    def show_boxes(self) -> None:
        """The boxes, the crop and the facts of the current one."""
        image, navigator = self._navigator.image, self._navigator
        if image is None:
            return
        self._layout.canvas.set_boxes([self._drawn(b, image) for b in navigator.visible_boxes()])
        self._ask_about(image.id, navigator.current_id)
        self.show_crop()
        pending = self._editor.pending_title
        if pending:
            pending = self.tr("{}, not saved yet").format(pending)
        hidden, more = navigator.hidden_count, ""
        if hidden:
            more = counted(hidden, self.tr("{0} weak proposal"), self.tr("{0} weak proposals"))
            more = self.tr("{}: {}").format(more, self._controller.key("review.more"))
        current = navigator.current
        decided = words.decided_by(navigator.decider(current)) if current is not None else ""
        readers = self._readings(current) if current is not None else ""
        self._layout.panel.set_box(current, image, more, pending, decided, readers)
        self._layout.no_boxes.setVisible(not navigator.boxes and not self._controller.unreadable)
        self.show_header()
        self._layout.film.refresh()

    def _readings(self, box: Box) -> str:
        navigator = self._navigator
        return words.readings_sentence(
            navigator.readings(box),
            navigator.stored(box).state,
            navigator.rule.adjudicator,
            {id_: one.name for id_, one in self.labels.items()},
        )

    def _ask_about(self, image_id: int, box_id: int | None) -> None:
        """Where that is another box, have it in sight; keys count a moment after it is painted."""
        if self._asked_about != (image_id, box_id):
            self._asked_about = (image_id, box_id)
            self._layout.canvas.follow(fresh=self._image_id != image_id)
            self._image_id = image_id
            self.restart_guard()

    def _in_sight(self, squares: Sequence[Square], whole: bool) -> bool:
        canvas = self._layout.canvas
        return all(canvas.is_whole_in_sight(s) if whole else canvas.is_in_sight(s) for s in squares)

    def _bring_into_sight(self, squares: Sequence[Square], whole: bool) -> None:
        if whole:
            self._layout.canvas.reveal_whole(squares)
        else:
            self._layout.canvas.reveal(squares[0])
        self.restart_guard()

    def _drawn(self, box: Box, image: ImageRow) -> DrawnBox:
        current = box.id == self._navigator.current_id
        square = upright(box.square, image)
        if current and self._controller.pending is not None:
            square = self._controller.pending
        asked = self._navigator.filter.states or ()
        asked_for = self._navigator.show_all or BoxState.REJECTED in asked
        faint = box.state is BoxState.REJECTED and not current and not asked_for
        edited = current and self._controller.pending is not None
        title = self._title(box) if current else ""
        return DrawnBox(square, box.state, title, current, faint=faint, edited=edited)

    def _title(self, box: Box) -> str:
        one = self.labels.get(box.label_id) if box.label_id is not None else None
        parts = [one.name if one else self.tr("no label")]
        if box.score is not None:
            parts.append(number(box.score, 2))
        if self._editor.pending_title:
            parts.append(self._editor.pending_title)
        return "  ".join(parts)

    def show_header(self) -> None:
        """Show the queue, why this box is asked about, and the place."""
        navigator, header = self._navigator, self._layout.header
        header.set_queue(words.queue_title(navigator.filter, self.labels))
        reason = words.why(navigator.filter, navigator.current, navigator.off_queue)
        header.why.set_text(reason if navigator.image is not None else "")
        header.set_place(navigator.index, len(navigator.queue))

    # --- the crop -----------------------------------------------------------------------------

    def current_square(self) -> Square | None:
        """The square of the new or the current box as on the canvas, in the stored frame."""
        image, box = self._navigator.image, self._navigator.current
        placing = self._layout.canvas.placing
        if image is not None and placing is not None:
            return stored(placing, image)
        if image is None or box is None:
            return None
        if self._controller.pending is not None:
            return stored(self._controller.pending, image)
        return box.square

    def show_crop(self) -> None:
        """The exact crop when it is here, else one from the preview while it is being made."""
        image, square = self._navigator.image, self.current_square()
        panel = self._layout.panel
        if image is None or square is None:
            panel.set_no_crop(self.tr("No box here yet."))
            return
        if self._controller.unreadable:
            return
        exact = self._loader.get(crop_key(image.id, square, self.crop_size))
        if exact is None:
            self._prefetch.crop(image, square, self.crop_size)
        shown = exact or self._rough_crop(image, upright(square, image))
        fitted = fit_square(square, image.width, image.height)
        edge = edge_notice(square, image.width, image.height)
        panel.set_crop(shown, fitted.side, self.crop_size, edge, image.synthetic)

    def crop_of(self, box_id: int) -> QImage | None:
        """The crop of a box of any image, where it has been made."""
        found = self._navigator.project.boxes.by_ids([box_id])
        if not found:
            return None
        return self._loader.get(crop_key(found[0].image_id, found[0].square, self.crop_size))

    def _rough_crop(self, image: ImageRow, square: Square) -> QImage | None:
        preview = self._loader.get(preview_key(image))
        if preview is None:
            return None
        width, height = upright_size(image)
        fitted = fit_square(square, width, height)
        scale = preview.width() / width
        x, y = round(fitted.x0 * scale), round(fitted.y0 * scale)
        side = max(round(fitted.side * scale), 1)
        return preview.copy(x, y, side, side)

    # --- the strip ----------------------------------------------------------------------------

    def film_row(self, index: int) -> FilmRow:
        """What the strip says of a place in the queue; nothing yet while it scrolls past."""
        image_id = self._navigator.queue[index]
        known = self._navigator.rows.known(image_id)
        if known is None:
            return FilmRow(image_id, "", "")
        image, count = known
        key = thumb_key(image_id)
        return FilmRow(
            image_id,
            image.file,
            count.mark,
            image.synthetic,
            self._loader.get(key),
            self._short_error(key),
        )

    def _short_error(self, key: tuple[str, int]) -> str | None:
        """Why a thumbnail could not be had, in a word or two."""
        if self._loader.error(key) is None:
            return None
        return self.tr("not here") if self._loader.is_missing(key) else self.tr("unreadable")

    def fetch_thumbs(self) -> None:
        """Thumbnails for the rows in sight and the next ones."""
        film, navigator = self._layout.film, self._navigator
        sight = film.in_sight()
        if not len(navigator.queue) or not len(sight):
            return
        ids = navigator.queue[sight.start : sight.stop + len(sight)]
        navigator.rows.fetch(ids)
        self._prefetch.thumbs(ids)
        film.refresh()
