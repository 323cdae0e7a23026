"""The contact sheet: pages of final crops of one label and score band, decided by the page."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QPoint, QTimer, Signal
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from studio.project import Box, BoxState, ImageRow, Label, Project
from studio.review import Filter, KeyGate, box_queue
from studio.ui.background import Task
from studio.ui.focus import give_focus
from studio.ui.imageloader import ImageLoader
from studio.ui.review.prefetch import Prefetch, crop_key
from studio.ui.review.rows import RowCache
from studio.ui.review.sheet_grid import SheetGrid, Tile
from studio.ui.review.sheet_page import SheetPage
from studio.ui.theme import Theme
from studio.ui.theme.tokens import GRID
from studio.ui.widgets import Choice, EmptyState, Panel, PrimaryButton, row
from studio.ui.widgets.elided import ElidedLabel
from studio.wording import bounds, count, number, progress

ScoreBand = tuple[float, float] | None  # lowest and highest score; None: boxes without a score
UNDECIDED = Filter(states=frozenset({BoxState.UNDECIDED}), order="score")


def bulk_queue(
    project: Project, label_id: int | None, band: ScoreBand, reviewer: str | None = None
) -> "array[int]":
    """Undecided boxes of a label, or of none, and of a score band, best first; for one of two
    readers those that this one has not decided."""
    wanted = replace(UNDECIDED, labels=frozenset({label_id}))
    if band is not None:
        high = None if band[1] >= 1.0 else band[1]
        return box_queue(project, replace(wanted, min_score=band[0], max_score=high), reviewer)
    scored = set(box_queue(project, replace(wanted, min_score=0.0), reviewer))
    every = box_queue(project, wanted, reviewer)
    return array("q", (box for box in every if box not in scored))


def only_unlabelled(project: Project, reviewer: str | None = None) -> bool:
    """Whether all that is undecided has no label yet, and there is some."""
    labelled = replace(UNDECIDED, labels=frozenset(one.id for one in project.labels()))
    bare = replace(UNDECIDED, labels=frozenset({None}))
    return not box_queue(project, labelled, reviewer) and bool(box_queue(project, bare, reviewer))


def next_sheet(
    project: Project, label_id: int | None, labels: Sequence[Label], reviewer: str | None = None
) -> tuple[int | None, ScoreBand, int] | None:
    """The label and the band of the first sheet that has crops, and how many: of this label first,
    then of the others that are decided in bulk, then of those without a label."""
    bulk = [one.id for one in labels if not one.never_in_bulk and one.id != label_id]
    for wanted in dict.fromkeys([label_id, *bulk, None]):
        for band in BANDS:
            queue = bulk_queue(project, wanted, band, reviewer)
            if queue:
                return wanted, band, len(queue)
    return None


UNCERTAIN = 0.5  # proposals scored below this are looked at one by one
REFIT_MS = 120  # after the last change of the view's size
SIZE = 224  # pixels of a crop, the usual training resolution
UNLABELLED = "unlabelled"  # the choice of crops that have no label yet
BANDS: tuple[ScoreBand, ...] = ((0.5, 1.0), (0.9, 1.0), (0.7, 0.9), (0.5, 0.7), None)


class SheetView(QWidget):
    """Mark the wrong crops, see every tile, confirm the page."""

    # Accepted ids, rejected ids, the label id of the page or None, label ids by box id.
    decided = Signal(object, object, object, object)
    refused = Signal(str)  # a key did not count: why
    opened = Signal(int)  # box id, for the single view
    state_changed = Signal()

    def __init__(self, theme: Theme, loader: ImageLoader) -> None:
        super().__init__()
        self._theme, self._loader = theme, loader
        self._project: Project | None = None
        self._prefetch: Prefetch | None = None
        self._rows: RowCache | None = None
        self._queue: array[int] = array("q")
        self._start = 0
        self._boxes: dict[int, tuple[Box, ImageRow]] = {}
        self._labels: list[Label] = []
        self._names: dict[int, str] = {}  # of labels, by id
        self._broken: set[int] = set()  # images that cannot be read
        self._gone: set[int] = set()  # those of them whose original is not on the disk
        # What was marked and labelled, by box id: it outlives turning and undoing the page.
        self._marked: set[int] = set()
        self._own_labels: dict[int, int] = {}
        self._asked = 0
        self._back_to: frozenset[int] = frozenset()  # boxes that were undone
        self._fresh = False  # nothing of this project was shown yet
        self.gate = KeyGate()  # a key struck twice cannot confirm the next page as well
        self._gated: SheetPage | None = None
        self.label_choice, self.band_choice = Choice(), Choice(self._bands())
        self.band_choice.set_value(BANDS[0])
        self.page_label_choice = Choice()
        self.page_label_choice.hide()
        self.tile_key: Callable[[], str] = lambda: "Shift+1"  # of labelling a tile, for people
        self.info = ElidedLabel(role="quiet")
        self.confirm_button = PrimaryButton("", self.confirm)
        self.grid = SheetGrid(theme, self._tile)
        self.empty = EmptyState("", "", self.tr("Single image"), self._leave_empty)
        self.single_button = self.empty.add_button(
            self.tr("Single image"), lambda: self.opened.emit(-1)
        )
        self._next: tuple[int | None, ScoreBand, int] | None = None
        self._stack = QStackedWidget()
        self._refit = QTimer(self)
        self._refit.setSingleShot(True)
        self._refit.setInterval(REFIT_MS)
        self._refit.timeout.connect(self._fit_page)
        self._compose()
        self._connect()

    def _bands(self) -> list[tuple[ScoreBand, str]]:
        return [(band, self._band_name(band)) for band in BANDS]

    def _band_name(self, band: ScoreBand) -> str:
        if band is None:
            return self.tr("Without a score")
        if band == BANDS[0]:
            return self.tr("Score {} or more").format(number(band[0], 1))
        return self.tr("Score {}").format(bounds(*band, 1))

    def _compose(self) -> None:
        self.label_choice.setAccessibleName(self.tr("Label of this sheet"))
        self.band_choice.setAccessibleName(self.tr("Score band of this sheet"))
        self.page_label_choice.setAccessibleName(self.tr("Label for this page"))
        for choice in (self.label_choice, self.band_choice, self.page_label_choice):
            choice.setFixedWidth(208)
        bar = Panel(padding=GRID)
        choices = (self.label_choice, self.band_choice, self.page_label_choice)
        line = row(*choices, self.info, self.confirm_button, gap=GRID)
        line.setStretch(len(choices), 1)
        bar.add(line)
        self._stack.addWidget(self.grid)
        self._stack.addWidget(self.empty)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(bar)
        outer.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.label_choice.chosen.connect(lambda _: self.load())
        self.band_choice.chosen.connect(lambda _: self.load())
        self.page_label_choice.chosen.connect(self._give_label)
        for choice in (self.label_choice, self.band_choice, self.page_label_choice):
            choice.activated.connect(lambda _: self.grid.setFocus())  # the keys decide again
        self.grid.toggled.connect(self.toggle)
        self.grid.menu_requested.connect(self._show_menu)
        self.grid.resized.connect(self._refit.start)
        self.grid.seen_changed.connect(self._show_state)
        self._loader.ready.connect(self._loaded)
        self._loader.failed.connect(self._failed)
        self._theme.changed.connect(self.grid.refresh)

    # --- contents -----------------------------------------------------------------------------

    def set_project(
        self, project: Project | None, prefetch: Prefetch | None, rows: RowCache | None
    ) -> None:
        self._project, self._prefetch, self._rows = project, prefetch, rows
        self._asked += 1
        self._queue = array("q")
        self._boxes, self._broken = {}, set()
        self._marked, self._own_labels = set(), {}
        self._gone = set()
        labels = project.labels() if project is not None else []
        self._set_choices(labels, next((one for one in labels if not one.never_in_bulk), None))
        self._fresh = True
        self.grid.set_page(SheetPage([]))

    def set_labels(self, labels: Sequence[Label]) -> None:
        """The labels of the project as they are now; the sheet that was chosen stays chosen."""
        if list(labels) == self._labels:
            return
        chosen = self.label_choice.value()
        if isinstance(chosen, Label):
            chosen = next((one for one in labels if one.id == chosen.id), None)
        if chosen is None:
            chosen = next((one for one in labels if not one.never_in_bulk), None)
        self._set_choices(labels, chosen)
        bulk = {one.id for one in labels if not one.never_in_bulk}
        self._own_labels = {b: one for b, one in self._own_labels.items() if one in bulk}
        if self.isVisible():
            self.load(back_to=self.grid.page.box_ids)

    def _set_choices(self, labels: Sequence[Label], chosen: Label | str | None) -> None:
        """Let these labels be chosen from; `chosen` is the sheet's."""
        self._labels = list(labels)
        self._names = {one.id: one.name for one in labels}
        options: list[tuple[Any, str]] = [(one, one.name) for one in labels]
        bare = [(UNLABELLED, self.tr("No label"))] if labels else []
        blocked = self.label_choice.blockSignals(True)
        self.label_choice.set_options([*options, *bare])
        if chosen is not None:
            self.label_choice.set_value(chosen)
        self.label_choice.blockSignals(blocked)
        bulk = [(one.id, one.name) for one in labels if not one.never_in_bulk]
        self.page_label_choice.set_options([(None, self.tr("Label for this page")), *bulk])

    def load(self, back_to: Sequence[int] = ()) -> None:
        """Ask for the undecided boxes of the label and band chosen; from the page of `back_to`."""
        project, chosen = self._project, self.label_choice.value()
        self._asked += 1
        self._back_to = frozenset(back_to)
        self._next = None
        if project is None:
            return
        if chosen == UNLABELLED:
            self._load_queue(project, None, self.band_choice.value(), self._asked)
        elif not isinstance(chosen, Label):
            self._show_empty(self.tr("This project has no labels."), self.tr("Add one first."))
        elif chosen.never_in_bulk:
            self._show_empty(
                self.tr("“{}” is never decided in bulk").format(chosen.name),
                self.tr("Each of these crops deserves its own look: use the single image."),
            )
        else:
            self._load_queue(project, chosen.id, self.band_choice.value(), self._asked)

    def _load_queue(
        self, project: Project, label_id: int | None, band: ScoreBand, asked: int
    ) -> None:
        fresh, self._fresh = self._fresh, False
        who = self._rows.reviewer if self._rows is not None else None

        labels = list(self._labels)

        def find() -> tuple["array[int]", bool, tuple[int | None, ScoreBand, int] | None]:
            queue = bulk_queue(project, label_id, band, who)
            if queue:
                return queue, False, None
            bare = fresh and only_unlabelled(project, who)
            return queue, bare, next_sheet(project, label_id, labels, who)

        def on_done(
            found: tuple["array[int]", bool, tuple[int | None, ScoreBand, int] | None],
        ) -> None:
            if asked != self._asked or project is not self._project:
                return
            self._next = found[2]
            if found[1] and not self.unlabelled:
                self.label_choice.set_value(UNLABELLED)  # which asks anew
            else:
                self._show_queue(found[0])

        def on_failed(error: Exception) -> None:
            if asked == self._asked:
                self._show_empty(self.tr("These crops cannot be listed"), str(error))

        task = Task(lambda _: find())
        task.done.connect(on_done)
        task.failed.connect(on_failed)
        task.start()

    def _show_queue(self, queue: "array[int]") -> None:
        places = [n for n, box_id in enumerate(queue) if box_id in self._back_to]
        self._queue, self._start = queue, min(places, default=0)
        self._open_page()

    def _page_size(self) -> int:
        return self.grid.capacity()

    def _fit_page(self) -> None:
        """The view has another size: as many tiles as fit it now, from the same first one."""
        page = self.grid.page
        if page.box_ids and len(page.box_ids) != len(self._page_ids()):
            self._open_page(page.label_id, frozenset(page.seen))

    def _page_ids(self) -> "array[int]":
        return self._queue[self._start : self._start + self._page_size()]

    def _open_page(self, label_id: int | None = None, seen: frozenset[int] = frozenset()) -> None:
        if self._project is None or self._rows is None or self._prefetch is None:
            return
        size = self._page_size()
        ids = self._page_ids()
        ahead = self._queue[self._start + size : self._start + 2 * size]
        boxes = self._project.boxes.by_ids([*ids, *ahead])
        self._rows.fetch({b.image_id for b in boxes})
        pairs = [(b, self._rows.image(b.image_id)) for b in boxes]
        known = [(b, image) for b, image in pairs if image is not None]
        self._boxes = {b.id: (b, image) for b, image in known}
        shown = [b for b in ids if b in self._boxes]
        page = SheetPage(
            shown,
            marked=self._marked & set(shown),
            seen=set(shown) & seen,
            unlabelled=self.unlabelled,
            label_id=label_id,
            own_labels={b: self._own_labels[b] for b in shown if b in self._own_labels},
        )
        self._reset_page_label(page)
        for box_id in page.box_ids:
            if self._error(box_id) is not None:
                page.unreadable.add(box_id)
        self.grid.set_page(page)
        self._prefetch.sheet(known, SIZE, len(known) - len(page.box_ids))
        if page.box_ids:
            self._stack.setCurrentWidget(self.grid)
        else:
            self._show_empty(
                self.tr("Nothing here to decide in bulk"),
                self.tr(
                    "No undecided crop of this label lies in this score band. Crops without "
                    "a label have a sheet of their own, “No label”; those scored under {} "
                    "are decided one by one."
                ).format(number(UNCERTAIN, 1)),
            )
        self._show_state()

    def _show_empty(self, title: str, text: str) -> None:
        self.grid.set_page(SheetPage([]))
        self._reset_page_label(self.grid.page)
        self._queue = array("q")
        self.empty.title.setText(title)
        self.empty.text.setText(text)
        self.empty.button.setText(self._next_words())
        self.single_button.setVisible(self._next is not None)
        self._stack.setCurrentWidget(self.empty)
        self._show_state()

    def _next_words(self) -> str:
        if self._next is None:
            return self.tr("Single image")
        label_id, band, number = self._next
        name = self._names.get(label_id, "") if label_id is not None else self.tr("No label")
        words = self.tr("{} · {} ({})")
        return words.format(name, self._band_name(band), count(number))

    def _leave_empty(self) -> None:
        """Show the next sheet that has crops, or the single image where none has."""
        if self._next is None:
            self.opened.emit(-1)
            return
        label_id, band, _ = self._next
        for choice, value in (
            (self.band_choice, band),
            (self.label_choice, self._choice_of(label_id)),
        ):
            blocked = choice.blockSignals(True)
            choice.set_value(value)
            choice.blockSignals(blocked)
        self.load()
        give_focus(self.grid)

    def _choice_of(self, label_id: int | None) -> Label | str:
        return next((one for one in self._labels if one.id == label_id), UNLABELLED)

    def _tile(self, box_id: int) -> Tile:
        box, image = self._boxes[box_id]
        key = crop_key(image.id, box.square, SIZE)
        score = "" if box.score is None else number(box.score, 2)
        crop = self._loader.get(key)
        own = self.grid.page.own_labels.get(box_id)
        name = self._names.get(own, "") if own is not None else ""
        return Tile(crop, score, image.file, image.synthetic, self._error(box_id), name)

    def _error(self, box_id: int) -> str | None:
        box, image = self._boxes[box_id]
        key = crop_key(image.id, box.square, SIZE)
        if image.id not in self._broken and self._loader.error(key) is None:
            return None
        missing = image.id in self._gone or self._loader.is_missing(key)
        return self.tr("The original is not here") if missing else self.tr("Cannot be read")

    def _loaded(self, key: object) -> None:
        if self.isVisible() and isinstance(key, tuple) and key[0] == "crop":
            self.grid.refresh()

    def _failed(self, key: object, sentence: str) -> None:
        if isinstance(key, tuple) and key[0] in ("crop", "crops"):
            self._broken.add(key[1])
            if self._loader.is_missing(key):
                self._gone.add(key[1])
            page = self.grid.page
            page.unreadable |= {b for b in page.box_ids if self._error(b) is not None}
            self.grid.refresh()
            self._show_state()

    # --- what the keys do ---------------------------------------------------------------------

    def toggle(self, box_id: int | None = None) -> None:
        """Mark a tile, by default the one under the cursor."""
        wanted = self.grid.current_box if box_id is None else box_id
        if wanted is not None:
            self.grid.page.toggle(wanted)
            self._remember()
            self.grid.refresh()
            self._show_state()

    def _remember(self) -> None:
        """Keep what this page's tiles were given, for when the page comes again."""
        page = self.grid.page
        shown = set(page.box_ids)
        self._marked = (self._marked - shown) | page.marked
        others = {b: one for b, one in self._own_labels.items() if b not in shown}
        self._own_labels = others | page.own_labels

    def retry_unreadable(self) -> None:
        """What could not be read may be there now."""
        self._broken, self._gone = set(), set()
        if self.grid.page.box_ids:
            self._open_page(self.grid.page.label_id)

    @property
    def unlabelled(self) -> bool:
        """Whether this is the sheet of the crops that have no label yet."""
        return bool(self.label_choice.value() == UNLABELLED)

    def label_page(self, chosen: Label) -> str:
        """Choose the label of the page; else a sentence why it cannot be."""
        if chosen.never_in_bulk:
            self.page_label_choice.set_value(None)  # nor is one chosen before what is meant now
            words = self.tr("“{}” is never given in bulk: open those crops singly with Enter.")
            return words.format(chosen.name)
        if self.grid.page.box_ids:
            self.page_label_choice.set_value(chosen.id)
        return ""

    def label_tile(self, chosen: Label) -> str:
        """Give the crop under the cursor a label of its own; else a sentence why it cannot be."""
        box_id = self.grid.current_box
        return "" if box_id is None else self._label_one(box_id, chosen)

    def _label_one(self, box_id: int, chosen: Label) -> str:
        if chosen.never_in_bulk:
            words = self.tr("“{}” is never given in bulk: open this crop singly with Enter.")
            return words.format(chosen.name)
        page = self.grid.page
        usual, own = self._boxes[box_id][0].label_id, page.own_labels.get(box_id)
        # The same key again takes it back.
        page.give_label(box_id, None if chosen.id in (usual, own) else chosen.id)
        self._remember()
        self.grid.refresh()
        self._show_state()
        return ""

    def _show_menu(self, box_id: int, place: QPoint) -> None:
        """The labels that one tile can be given, and its single view."""
        menu = QMenu(self)
        menu.setAccessibleName(self.tr("This crop"))
        for one in self._project.labels() if self._project is not None else []:
            entry = menu.addAction(one.name.replace("&", "&&"))
            entry.setEnabled(not one.never_in_bulk)
            entry.triggered.connect(lambda _=False, chosen=one: self._label_one(box_id, chosen))
        menu.addSeparator()
        menu.addAction(self.tr("Mark as wrong, or not"), lambda: self.toggle(box_id))
        menu.addAction(self.tr("Open in the single view"), lambda: self.opened.emit(box_id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _give_label(self, label_id: int | None) -> None:
        self.grid.page.label_id = label_id
        self._show_state()

    def _reset_page_label(self, page: SheetPage) -> None:
        """Each page is given its label anew, so that none is confirmed by an earlier choice."""
        blocked = self.page_label_choice.blockSignals(True)
        self.page_label_choice.set_value(page.label_id)
        self.page_label_choice.blockSignals(blocked)
        self.page_label_choice.setVisible(page.unlabelled and bool(page.box_ids))

    @property
    def confirmable(self) -> bool:
        return self.grid.page.confirmable

    def refusal(self) -> str:
        """Why the page cannot be decided yet; empty when it can, or there is nothing on it."""
        page = self.grid.page
        if page.unseen:
            words = self.tr("Look at all of the page first: {} crops have not been on screen.")
            return words.format(page.unseen)
        if page.decidable and page.lacks_label:
            return self.tr("These crops have no label: give the page one with a number key first.")
        return ""

    def confirm(self) -> None:
        """Decide the page: accept what is not marked, reject what is; then the next page."""
        if not self.confirmable:
            return
        if not self.gate.admits():
            self.refused.emit(self.tr("Too early: the page has only just come into sight."))
            return
        page = self.grid.page
        self.decided.emit(*page.decision(), page.label_id, page.labels())

    def next_undecided_page(self) -> None:
        """Take the decided page out of the queue and open the next one."""
        size = len(self.grid.page.box_ids)
        left = self.grid.page.unreadable
        del self._queue[self._start : self._start + size]
        self._start = min(self._start, len(self._queue))
        if left:
            self._queue.extend(b for b in left)  # unreadable ones come last
            if set(self._queue) == left:
                self._queue = array("q")
        self._open_page()

    def turn_page(self, by: int) -> None:
        """Another page, without deciding this one."""
        start = self._start + by * self._page_size()
        if 0 <= start < len(self._queue):
            self._start = start
            self._open_page()
        elif by < 0 < self._start:
            self.go_to_page(0)

    def go_to_page(self, page: int) -> None:
        """The page of this number from 0; -1 is the last."""
        size = self._page_size()
        last = max(len(self._queue) - 1, 0) // size
        if self._queue:
            self._start = (last if page < 0 else min(page, last)) * size
            self._open_page()

    def cancel_prefetch(self) -> None:
        """Not on screen any more: want nothing."""
        if self._prefetch is not None:
            self._prefetch.sheet([], SIZE, 0)

    def _show_state(self) -> None:
        page = self.grid.page
        if page.all_seen and self._gated is not page:
            self._gated = page
            self.gate.mark_visible()
        accepted, rejected = page.decision()
        words = self.tr("Accept {}").format(len(accepted))
        if page.labels():
            words = self.tr("Accept {}, {} relabelled").format(len(accepted), len(page.labels()))
        if rejected:
            words = self.tr("{}, reject {}").format(words, len(rejected))
        self.confirm_button.setText(words)
        self.confirm_button.setVisible(bool(page.box_ids))
        self.confirm_button.setEnabled(page.confirmable)
        self.info.set_text(self._page_info(page))
        self.state_changed.emit()

    def _page_info(self, page: SheetPage) -> str:
        if not page.box_ids:
            return ""
        size = max(self._page_size(), 1)
        pages = -(-len(self._queue) // size)
        place = self.tr("Page {}").format(progress(-(-self._start // size) + 1, pages))
        if page.unseen:
            return self.tr("{} · {} crops not seen yet").format(place, page.unseen)
        if page.unreadable:
            return self.tr("{} · {} cannot be read and stay undecided").format(
                place, len(page.unreadable)
            )
        if page.lacks_label:
            words = self.tr("{} · mark the wrong ones, choose the label; {} labels one")
            return words.format(place, self.tile_key())
        words = self.tr("{} · mark the wrong ones, then confirm; {} labels one")
        return words.format(place, self.tile_key())

    def on_screen(self) -> dict[str, Any]:
        """What was on screen, for the events of a page."""
        band = self.band_choice.value()
        return {"mode": "sheet", "tiles": len(self.grid.page.box_ids), "band": list(band or ())}
