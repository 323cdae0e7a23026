"""The review workspace: opens projects, loads queues, remembers the place."""

from array import array
from dataclasses import replace

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.project import BoxState, Event, Project
from studio.review import Filter, ReviewCounts, image_queue, load_position, save_position
from studio.ui.actions import Action
from studio.ui.background import Task
from studio.ui.context import StudioContext
from studio.ui.focus import first_usable
from studio.ui.imageloader import ImageLoader
from studio.ui.review import words
from studio.ui.review.actions import review_actions
from studio.ui.review.commands import ReviewCommands
from studio.ui.review.crop_panel import SIZES
from studio.ui.review.filmstrip import FilmRow
from studio.ui.review.layout import ReviewLayout
from studio.ui.review.missing import MissingWatch
from studio.ui.review.progress import ProgressMeter
from studio.ui.review.session import ReviewSession, filter_choices
from studio.ui.widgets.basics import demote
from studio.ui.workspace import Workspace
from studio.wording import count, counted

HINTS = {
    "review": [
        "review.accept",
        "review.reject",
        "review.label_1",
        "review.back",
        "review.edit",
        "review.next_undecided",
    ],
    "review.reason": [f"review.reason_{reason}" for reason in words.REASONS] + ["review.back"],
    "labels": ["review.label_leave"],
    "review.image": ["review.label_1", "review.label_more", "review.image_leave"],
    "review.edit": [
        "review.edit_keep",
        "review.edit_restore",
        "review.nudge_left",
        "review.smaller",
        "review.larger",
        "review.accept",
    ],
    "review.new": ["review.new_confirm", "review.new_cancel", "review.smaller", "review.larger"],
    "review.grid": [
        "review.grid_mark",
        "review.grid_confirm",
        "review.single",
        "review.grid_next_page",
        "review.back",
        "review.grid",
    ],
}
SAVE_PAUSE = 400  # ms after the last move until the place is kept
CROP_SIZE = "review.crop_size"


class ReviewWorkspace(Workspace):
    """The page; `commands` has what each key does."""

    id = "review"
    title = "Review"
    icon_name = "review"

    def __init__(self, context: StudioContext, parent: QWidget | None = None) -> None:
        super().__init__(context, parent)
        self.loader = ImageLoader(self)
        self.view = ReviewLayout(context, self.loader, self._film_row)
        self.commands = ReviewCommands(context, self.view, self)
        self.meter = ProgressMeter(self.view.panel, self)
        self.missing = MissingWatch(self.view.missing, self)
        self.session: ReviewSession | None = None
        self._asked = 0
        self._place = QTimer(self)
        self._place.setSingleShot(True)
        self._place.setInterval(SAVE_PAUSE)
        self._place.timeout.connect(self.save_place)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.view)
        self.view.filter_bar.changed.connect(self.load_queue)
        self.view.panel.size_chosen.connect(self._choose_size)
        self.view.sheet.state_changed.connect(self.hints_changed)
        self.commands.mode_requested.connect(self.set_mode)
        self.mode_changed.connect(lambda _: self._show_next_step())
        self.meter.counted.connect(lambda _: self._show_next_step())
        self.view.next_step.changed.connect(lambda _: self._show_accent())
        self.view.pages.currentChanged.connect(lambda _: self._show_accent())
        self.missing.returned.connect(self._retry_unreadable)
        context.theme.changed.connect(self._apply_theme)
        context.reviewer_changed.connect(self._set_reviewer)
        context.project_edited.connect(self.refresh)
        context.review_requested.connect(self.show_images)
        self._apply_theme()

    def _apply_theme(self) -> None:
        theme, canvas = self.context.theme, self.view.canvas
        canvas.ground, canvas.accent = theme.color("canvas"), theme.color("accent")
        self.view.film.refresh()
        canvas.update()

    def _film_row(self, index: int) -> FilmRow:
        assert self.session is not None
        return self.session.presenter.film_row(index)

    # --- project and queue --------------------------------------------------------------------

    def set_project(self, project: Project | None) -> None:
        self._asked += 1
        self._place.stop()
        if self.session is not None:
            self.commands.finish_edit()
            self.save_place()
            self.session.close()
        self.session = None
        self.commands.detach_session()
        self.meter.follow(None)
        self.missing.set_project(project)
        self.commands.close_bars()
        self.view.film.set_count(0)
        self.view.canvas.clear()
        self.view.sheet.set_project(None, None, None)
        self.view.header.set_grid(False)
        self.loader.reset()
        self.set_mode("review")
        if project is None:
            self._show_no_project()
        else:
            self._open(project)

    def _open(self, project: Project) -> None:
        session = ReviewSession(project, self.context.reviewer, self.view, self.loader, self)
        self.session = session
        self.commands.attach_session(session)
        session.presenter.crop_size = self._crop_size()
        self.view.panel.size_choice.set_value(session.presenter.crop_size)
        self._show_labels(session)
        self.view.sheet.set_project(project, session.prefetch, session.navigator.rows)
        session.controller.moved.connect(self._place.start)
        session.controller.moved.connect(self.hints_changed)
        session.controller.changed.connect(self._place.start)
        session.controller.changed.connect(self.hints_changed)
        session.controller.image_unreadable.connect(self.hints_changed)
        session.controller.committed.connect(self._committed)
        session.controller.changed.connect(self._show_next_step)
        session.controller.moved.connect(self._show_next_step)
        session.controller.queue_ended.connect(self.commands.show_banner)
        session.controller.queue_ended.connect(self._show_next_step)
        session.presenter.original_missing.connect(self.missing.report_missing)
        self._show_saved_state()
        self._return_to_place(session)

    def _show_labels(self, session: ReviewSession) -> None:
        more = self.context.keymap.text("review.label_more")
        self.view.panel.set_labels(session.navigator.labels, session.navigator.label_keys, more)

    def _return_to_place(self, session: ReviewSession) -> None:
        """Show the box of last time at once; the queue around it follows."""
        place = load_position(session.project, session.reviewer)
        wanted = place.filter if place is not None else Filter()
        bar = self.view.filter_bar
        bar.set_labels(session.project.labels())
        bar.set_two_readers(session.navigator.rule.readers == 2)
        bar.set_filter(wanted)
        self._load_filter_choices(session)
        bar.setVisible(not bar.is_clear())
        if place is not None and place.image_id is not None:
            session.navigator.go_to_image(place.image_id, place.box_id)
            self.view.pages.setCurrentWidget(self.view.single)
            session.controller.note_arrival()
            session.presenter.show_image()
        self.load_queue(wanted, first=place is None)

    def _load_filter_choices(self, session: ReviewSession) -> None:
        """Sources and reviewers to filter by: a look at every box, so off the Qt thread."""

        def on_done(found: tuple[list[str], list[str]]) -> None:
            if session is self.session:
                self.view.filter_bar.set_origins(found[0])
                self.view.filter_bar.set_reviewers(found[1])

        task = Task(lambda _: filter_choices(session.project))
        task.done.connect(on_done)
        task.start()

    def load_queue(self, wanted: Filter, *, first: bool = False) -> None:
        """Ask for the images that a filter lets pass, off the Qt thread."""
        session = self.session
        self._asked += 1
        asked = self._asked
        if session is None:
            return

        def on_done(queue: "array[int]") -> None:
            if asked == self._asked:
                self._show_queue(session, wanted, queue, first)

        who = session.navigator.rows.reviewer
        task = Task(lambda _: image_queue(session.project, wanted, who))
        task.done.connect(on_done)
        task.failed.connect(lambda error: self.context.toast(str(error), "error"))
        task.start()

    def _show_queue(
        self, session: ReviewSession, wanted: Filter, queue: "array[int]", first: bool
    ) -> None:
        self.commands.finish_edit()
        navigator, shown = session.navigator, session.navigator.image
        navigator.set_queue(wanted, queue)
        if first and queue and not navigator.rows.count(queue[0]).undecided:
            navigator.go_to(navigator.next_undecided() or 0)
        self.view.film.set_count(len(queue))
        self.meter.follow(session)
        if not queue:
            self._show_empty_queue(session, wanted)
            return
        if not self.commands.is_sheet():
            self.view.pages.setCurrentWidget(self.view.single)
        if navigator.image is not shown:
            session.controller.reset_for_image()
        session.presenter.show_image()
        session.presenter.fetch_thumbs()
        self._place.start()
        self.hints_changed.emit()

    def refresh(self) -> None:
        """Images or boxes were added from elsewhere: the same queue anew."""
        if self.session is not None:
            self.session.navigator.read_as(self.session.reviewer)
            self.session.presenter.reload_labels()
            project = self.session.project
            labels = project.labels()
            self.view.filter_bar.set_labels(labels)
            self.view.sheet.set_labels(labels)
            self._load_filter_choices(self.session)
            self._show_labels(self.session)
            self.load_queue(self.session.navigator.filter)

    def _set_reviewer(self, name: str) -> None:
        self.commands.close_bars()
        if self.session is not None and name:
            self.session.set_reviewer(name)
            if self.session.navigator.rule.readers == 2:  # what waits for this one is another queue
                self.refresh()

    def _retry_unreadable(self) -> None:
        """Try to read again what could not be read."""
        if self.session is not None:
            self.session.presenter.retry_unreadable()
            self.view.sheet.retry_unreadable()

    def save_place(self) -> None:
        """Keep where this reviewer is, to reopen at the exact item."""
        session = self.session
        if session is not None and session.reviewer and session.navigator.image is not None:
            navigator, image = session.navigator, session.navigator.image
            save_position(
                session.project, session.reviewer, navigator.filter, image.id, navigator.current_id
            )

    # --- what comes next ----------------------------------------------------------------------

    def _show_next_step(self) -> None:
        """At the end of a queue: what is left of it, or what came of all, and to export that."""
        session, counts, bar = self.session, self.meter.counts, self.view.next_step
        if session is None or session.controller.read_only or not counts.strong:
            bar.clear()
        elif counts.left > 0:
            if session.controller.at_end and not self.commands.is_sheet():
                title = self.tr("Next undecided")
                bar.show_step(words.left_sentence(counts), title, self.commands.next_undecided)
            else:
                bar.clear()
        else:
            self._show_done(session.navigator.filter, counts)

    def _show_done(self, shown: Filter, counts: ReviewCounts) -> None:
        bar = self.view.next_step
        others = []
        two = self.session is not None and self.session.navigator.rule.readers == 2
        done = words.read_sentence(counts) if two else words.done_sentence(counts)
        settled = not two or counts.kept + counts.rejected == counts.strong
        unsure = Filter(states=frozenset({BoxState.UNSURE}))
        if counts.unsure and shown != unsure:
            title = self.tr("Back to the unsure ({})").format(count(counts.unsure))
            others.append((title, lambda: self._show_filtered(unsure)))
        if replace(shown, states=None, order="image", seed=0) != Filter():
            # Only a part of the project is done: the rest comes before an export.
            title, run = self.tr("Show all images"), self.commands.clear_filter
            bar.show_step(done, title, run, others=others)
        elif counts.kept and settled:
            title = counted(counts.kept, self.tr("Export {0} crop"), self.tr("Export {0} crops"))
            run = self.context.hand_to_datasets
            bar.show_step(done, title, run, others=others)
        else:
            bar.show_step(done, others=others)

    def show_label(self, label_id: int) -> None:
        """Show the images with boxes of one label of the project, and nothing else filtered."""
        if self.session is not None:
            order = self.session.navigator.filter
            self._show_filtered(
                Filter(labels=frozenset({label_id}), order=order.order, seed=order.seed)
            )

    def show_images(self, images: frozenset[str]) -> None:
        """Show only these images, by SHA-256, whatever is decided of them."""
        if self.session is not None:
            self._show_filtered(Filter(images=images))

    def _show_filtered(self, wanted: Filter) -> None:
        if self.commands.is_sheet():
            self.commands.toggle_sheet()
        self.view.filter_bar.set_filter(wanted)
        self.view.filter_bar.show()
        self.load_queue(wanted, first=True)
        self.commands.focus()

    def _show_accent(self) -> None:
        """The next step is the primary button while it is offered."""
        step = not self.view.next_step.isHidden()
        for empty in (self.view.empty, self.view.sheet.empty):
            demote(empty.button, step)

    # --- messages -----------------------------------------------------------------------------

    def _committed(self, event: Event) -> None:
        self.meter.count_event(event)
        self.view.header.set_saved(self.tr("saved ✓"))

    def _show_saved_state(self) -> None:
        assert self.session is not None
        read_only = self.session.controller.read_only
        words_ = self.tr("read-only") if read_only else self.tr("saved ✓")
        self.view.header.set_saved(words_, wrong=read_only)

    def _show_no_project(self) -> None:
        self.view.show_empty_state(
            self.tr("Review crop boxes"),
            self.tr("Open a project to look at its photographs and decide their boxes."),
            self.tr("Open a project"),
            lambda: self.context.registry.trigger("project.open"),
        )

    def _show_empty_queue(self, session: ReviewSession, wanted: Filter) -> None:
        if wanted != replace(Filter(), order=wanted.order, seed=wanted.seed):
            labels = session.presenter.labels
            self.view.show_empty_state(
                self.tr("Nothing matches this filter"),
                self.tr("No photograph is left for: {}.").format(words.queue_title(wanted, labels)),
                self.tr("Clear the filter"),
                self.commands.clear_filter,
            )
        else:
            self.view.show_empty_state(
                self.tr("No photographs yet"),
                self.tr("Import a folder or a list; then their crop boxes are decided here."),
                self.tr("Import photographs"),
                lambda: self.context.go_to("collect"),
            )
        session.presenter.show_header()
        self.hints_changed.emit()

    # --- crop size ----------------------------------------------------------------------------

    def _crop_size(self) -> int:
        size = self.context.settings.get(CROP_SIZE, SIZES[0])
        return size if size in SIZES else SIZES[0]

    def _choose_size(self, size: int) -> None:
        self.context.settings.set(CROP_SIZE, size)
        if self.session is not None:
            self.session.presenter.crop_size = size
            self.session.presenter.show_crop()
            self.commands.focus()

    # --- the workspace ------------------------------------------------------------------------

    def actions(self) -> list[Action]:  # type: ignore[override]
        return review_actions(self.commands, self.view.sheet)

    def gestures(self) -> list[tuple[str, str]]:
        return [
            (self.tr("Click"), self.tr("Choose a box; set the centre of a new one")),
            (self.tr("Drag"), self.tr("Move the picture; in edit mode the box or its corners")),
            (self.tr("Middle drag"), self.tr("Move the picture, in every mode")),
            (self.tr("Wheel"), self.tr("Zoom; the size of a box that is edited or new")),
            (self.tr("Double click"), self.tr("Fit the picture")),
            (self.tr("Right click"), self.tr("On a contact sheet: give this crop a label")),
        ]

    def hints(self) -> list[str]:
        if self.commands.is_sheet():
            names = self._sheet_hints()
        elif not self.commands.is_single():
            names = ["review.filter", "review.clear_filter", "review.back"]
        elif self.mode == "review" and self.session is not None:
            names = self._single_hints(self.session)
        else:
            names = HINTS.get(self.mode, HINTS["review"])
        return names

    def _sheet_hints(self) -> list[str]:
        page = self.view.sheet.grid.page
        if not page.box_ids:
            return ["review.grid", "review.back"]
        return (
            ["review.label_1", *HINTS["review.grid"]] if page.lacks_label else HINTS["review.grid"]
        )

    def _single_hints(self, session: ReviewSession) -> list[str]:
        """The keys that do something about what is on the canvas now."""
        controller, navigator = session.controller, session.navigator
        if controller.read_only or controller.unreadable:
            return [
                "review.previous",
                "review.next",
                "review.next_undecided",
                "review.go_to",
                "review.grid",
                "review.filter",
            ]
        if controller.at_end:
            return [
                "review.back",
                "go.datasets",
                "review.previous",
                "review.next_undecided",
                "review.grid",
                "review.filter",
            ]
        if navigator.current is None:
            return [
                "review.new_box",
                "review.accept_whole",
                "review.next",
                "review.next_undecided",
                "review.filter",
                "review.back",
            ]
        if not navigator.labels:
            return [
                "project.labels",
                "review.reject",
                "review.unsure",
                "review.edit",
                "review.back",
                "review.next_undecided",
            ]
        several = navigator.undecided_shown > 1
        if navigator.needs_label:
            return [
                "review.label_1",
                "review.decide_image" if several else "review.unsure",
                "review.reject",
                "review.edit",
                "review.back",
                "review.next_undecided",
            ]
        if navigator.current.state is BoxState.REJECTED:
            return [*HINTS["review"][:-1], "review.ask_reason"]
        if several:
            return ["review.decide_image", *HINTS["review"][:-2], "review.reject_rest"]
        return HINTS["review"]

    def home(self) -> QWidget | None:
        if self.commands.is_sheet():
            return first_usable(self.view.sheet.empty.button, self.view.sheet.grid)
        return first_usable(self.view.empty.button, self.view.canvas)

    def activate(self) -> None:
        if self.session is not None:
            self.session.presenter.restart_guard()  # the picture was hidden by another workspace
        self.focus_home()

    def deactivate(self) -> None:
        self.commands.finish_edit()
        self.save_place()

    def set_panels_visible(self, visible: bool) -> None:
        self.view.set_panels_visible(visible)

    def close_workspace(self) -> None:
        self._place.stop()
        self.commands.finish_edit()
        self.save_place()
        self._asked += 1  # results that arrive later are dropped
        self.view.sheet.set_project(None, None, None)
        self.meter.follow(None)
        self.missing.set_project(None)
        if self.session is not None:
            self.session.close()
        self.session = None
        self.commands.detach_session()
        self.loader.close()
