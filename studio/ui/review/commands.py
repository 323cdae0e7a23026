"""What each key of the review workspace does; the keys themselves are data."""

from typing import Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from studio.errors import StudioError
from studio.imaging import Square
from studio.project import BoxState, Event, Label
from studio.review import Reversal
from studio.ui.context import StudioContext
from studio.ui.review.editor import Tool
from studio.ui.review.layout import ReviewLayout
from studio.ui.review.look_commands import LookCommands
from studio.ui.review.session import ReviewSession
from studio.ui.review.words import REASONS, reason_word

WINDOW_MS = 1000


class ReasonWindow(QObject):
    """Open for a second after X, or until it is answered; `closed` when that is over."""

    closed = Signal()

    def __init__(self, parent: QObject | None = None, duration_ms: int = WINDOW_MS) -> None:
        super().__init__(parent)
        self.box_id: int | None = None
        self.lasting = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(duration_ms)
        self._timer.timeout.connect(self.close)

    @property
    def open(self) -> bool:
        return self.box_id is not None

    def begin(self, box_id: int, *, lasting: bool = False) -> None:
        """This box has just been rejected; `lasting` waits for an answer as long as it takes."""
        self.box_id, self.lasting = box_id, lasting
        self._timer.stop()
        if not lasting:
            self._timer.start()

    def close(self) -> None:
        """End the choice of a reason and return to the usual keys."""
        self._timer.stop()
        if self.box_id is not None:
            self.box_id = None
            self.closed.emit()


class ReviewCommands(QObject):
    """The actions of the workspace; without a session they do nothing and are disabled."""

    mode_requested = Signal(str)

    def __init__(
        self, context: StudioContext, view: ReviewLayout, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context, self._view = context, view
        self.session: ReviewSession | None = None
        self.look = LookCommands(context, view, self._notify, self)
        self.reasons = ReasonWindow(self)
        self.reasons.closed.connect(self._reason_closed)
        self.is_asking_label = False  # whether a letter is awaited
        self._image_asked: int | None = None  # box whose label is awaited, to decide its image
        view.filter_bar.left.connect(self.leave_filter)
        view.header.filter_requested.connect(self.open_filter)
        view.header.grid_requested.connect(self.toggle_sheet)
        view.film.chosen.connect(self.go_to)
        view.panel.label_chosen.connect(self._label_clicked)
        view.comment.edit.returnPressed.connect(self.save_comment)
        view.comment.left.connect(self.leave_comment)
        view.no_boxes.requested.connect(self.propose)
        view.canvas.box_clicked.connect(self.select_shown)
        view.sheet.decided.connect(self.decide_page)
        view.sheet.opened.connect(self._open_box)
        view.sheet.refused.connect(self._context.toast)
        view.sheet.tile_key = lambda: context.keymap.text("review.label_stay_1")
        view.panel.reason_chosen.connect(self.set_reason)
        view.name_bar.named.connect(self._use_name)
        view.name_bar.left.connect(self.leave_bars)
        view.go_to.requested.connect(self._go_to_number)
        view.go_to.left.connect(self.leave_bars)
        view.header.place_requested.connect(self.ask_number)
        view.header.zoom_requested.connect(self.look.toggle_keep_zoom)

    def attach_session(self, session: ReviewSession) -> None:
        """Work on another session."""
        self.session = session
        session.controller.screen = self.on_screen
        self.look.session = session
        session.controller.key = self._context.keymap.text
        session.controller.rejected.connect(self._ask_reason)
        session.controller.label_requested.connect(self._ask_image_label)
        session.editor.tool_changed.connect(self._tool_changed)
        session.controller.notified.connect(self._notify)
        session.controller.refused.connect(self._show_refusal)
        session.controller.reviewer_name_requested.connect(self.ask_name)
        session.controller.committed.connect(self._committed)
        session.controller.changed.connect(self.show_banner)
        session.controller.moved.connect(self.show_banner)
        session.editor.label_requested.connect(self._create)

    def detach_session(self) -> None:
        """Work on no session."""
        self.session = self.look.session = None

    def _notify(self, text: str, kind: str) -> None:
        """Show a hint on the picture, where the reviewer looks, and what was "done" over it, since
        another picture may be there by now; anything else as a toast."""
        if kind == "done" and not self.is_sheet() and self._view.header.isVisible():
            self._view.header.tell(text)
        elif kind in ("hint", "done") and not self.is_sheet():
            self._view.canvas.flash(text)
        else:
            self._context.toast(text, "info" if kind in ("hint", "done") else kind)

    def _show_refusal(self, text: str) -> None:
        """Show why a key did not count."""
        self._notify(text, "hint")

    def _committed(self, event: Event) -> None:
        self._view.canvas.end_flash()
        self._view.header.clear_note()

    def show_banner(self) -> None:
        """Show the line that stays: what the next key does."""
        session, words = self.session, ""
        if session is None or session.navigator.current_id != self._image_asked:
            self.leave_image()
        if session is None or self.is_sheet():
            pass
        elif self.reasons.open:
            words = "" if self._view.header.isVisible() else self._reason_words()
        elif self.is_asking_label:
            words = self._label_words()
        elif self.is_asking_image():
            words = self._image_words()
        elif session.editor.tool is Tool.NEW:
            words = self.tr("Click the centre, wheel the size, click again; or arrows, [ ], Enter")
        self._view.canvas.set_banner(words)

    # --- who decides --------------------------------------------------------------------------

    def ask_name(self) -> None:
        """Before the first decision: who makes it."""
        self.reasons.close()
        self._view.name_bar.ask()

    def _use_name(self, name: str) -> None:
        try:
            self._context.set_reviewer(name)
        except StudioError as error:
            self._context.toast(str(error), "error")
            return
        self.leave_bars()
        self._notify(self.tr("{} decides from now on. Press the key again.").format(name), "hint")

    def close_bars(self) -> None:
        """Hide what was asked; the answer is not awaited any more."""
        self._view.name_bar.hide()
        self._view.go_to.hide()

    def leave_bars(self) -> None:
        self.close_bars()
        self.focus()

    # --- when keys work -----------------------------------------------------------------------

    def has_project(self) -> bool:
        return self.session is not None

    def is_single(self) -> bool:
        pages = self._view.pages
        return self.session is not None and pages.currentWidget() is self._view.single

    def is_sheet(self) -> bool:
        return self.session is not None and self._view.pages.currentWidget() is self._view.sheet

    def can_label(self) -> bool:
        """Whether a number key labels something now: a box, a page, or a tile of it."""
        return self.is_single() or self.is_sheet()

    def has_label(self, key: str) -> bool:
        """Whether a key gives a label; where no project is open, whether it might."""
        return self.session is None or self.session.navigator.label_of_key(key) is not None

    def has_letters(self) -> bool:
        return self.session is None or bool(self.session.navigator.lettered())

    def is_filterable(self) -> bool:
        """The filter is of the single view's queue; a sheet has its own choice."""
        return self.session is not None and not self.is_sheet()

    def is_editing(self) -> bool:
        return self.session is not None and self.session.editor.tool is not Tool.LOOK

    def is_asking_reason(self) -> bool:
        return self.reasons.open

    def _tool_changed(self, tool: Tool) -> None:
        self.reasons.close()
        self.leave_image()
        self.mode_requested.emit(tool.value)
        self.show_banner()

    def on_screen(self) -> dict[str, Any]:
        """What is kept with each decision about how it was looked at."""
        if self.session is None or self.is_sheet():
            return self._view.sheet.on_screen()
        return self.look.on_screen()

    # --- decide -------------------------------------------------------------------------------

    def accept(self) -> None:
        if self.session:
            self.reasons.close()
            self.session.controller.accept()

    def reject(self) -> None:
        if self.session:
            self.reasons.close()
            self.session.controller.pending = None
            self.session.controller.reject()

    def unsure(self) -> None:
        if self.session:
            self.reasons.close()
            self.session.controller.unsure()

    def reject_rest(self) -> None:
        if self.session:
            self.reasons.close()
            self.session.editor.finish_edit()
            self.session.controller.reject_rest()

    def decide_image(self) -> None:
        """Accept the current box, reject the rest of its image, go on to the next one."""
        if self.session:
            self.reasons.close()
            self.leave_image()
            self.session.editor.leave()
            self.session.controller.decide_image()

    def is_asking_image(self) -> bool:
        return self._image_asked is not None

    def _ask_image_label(self) -> None:
        """Wait for the label of the current box; the rest of its image is rejected with it."""
        if self.session is not None:
            self._image_asked = self.session.navigator.current_id
            self.show_banner()
            self.mode_requested.emit("review.image")

    def leave_image(self) -> None:
        """Stop waiting for that label."""
        if self._image_asked is not None:
            self._image_asked = None
            self.show_banner()
            self._request_mode()

    def _image_words(self) -> str:
        assert self.session is not None
        navigator = self.session.navigator
        named = [(navigator.label_keys[one.id], one.name) for one in navigator.labels]
        keys = "   ".join(f"{key} {name}" for key, name in named if key.isdigit())
        if navigator.lettered():
            keys += "   " + self.tr("{} others").format(
                self._context.keymap.text("review.label_more")
            )
        return self.tr("Which label? The rest is rejected.   {}").format(keys)

    def accept_whole(self) -> None:
        if self.session:
            self.reasons.close()
            self.session.editor.leave()
            self.session.controller.accept_whole()

    def relabel(self, key: str, *, stay: bool = False) -> None:
        """Do what a label's key does: give the label that has it."""
        if self.session is None:
            return
        self.leave_label()
        label = self.session.navigator.label_of_key(key)
        if label is not None:
            self.give_label(label, stay=stay)
        else:
            self._notify(self.tr("No label has the key {}.").format(key.upper()), "hint")

    def ask_label(self) -> None:
        """Wait for the letter of a label."""
        if self.session is None:
            return
        if not self.session.navigator.lettered():
            self._notify(self.tr("Every label has a digit of its own: press that."), "hint")
            return
        self.reasons.close()
        self.is_asking_label = True
        self.show_banner()
        if self.is_sheet():
            self._context.toast(self._label_words())
        self.mode_requested.emit("labels")

    def leave_label(self) -> None:
        """Stop waiting for the letter of a label."""
        if self.is_asking_label and self.session is not None:
            self.is_asking_label = False
            self.show_banner()
            self._request_mode()

    def _request_mode(self) -> None:
        """The keys of what is in front."""
        if self.session is not None:
            sheet = "review.grid"
            self.mode_requested.emit(sheet if self.is_sheet() else self.session.editor.tool.value)

    def _label_words(self) -> str:
        lettered = self.session.navigator.lettered() if self.session is not None else {}
        return "   ".join(f"{key.upper()} {one.name}" for key, one in lettered.items())

    def _label_clicked(self, label_id: int) -> None:
        navigator = self.session.navigator if self.session is not None else None
        label = (
            next((one for one in navigator.labels if one.id == label_id), None)
            if navigator
            else None
        )
        if label is not None:
            self.leave_label()
            self.give_label(label)

    def give_label(self, label: Label, *, stay: bool = False) -> None:
        """Label the current box; on a contact sheet without a label the page, else one crop."""
        if self.is_sheet():
            sheet = self._view.sheet
            page = sheet.unlabelled and not stay
            problem = sheet.label_page(label) if page else sheet.label_tile(label)
            if problem:
                self._context.toast(problem)
        elif self.session:
            image = self.is_asking_image() and not stay
            self.reasons.close()
            self.leave_image()
            if image:
                self.session.controller.decide_image(label.id)
            else:
                self.session.controller.relabel(label.id, stay=stay)

    def undo(self) -> None:
        """Take the last decision back; while editing, only the edit."""
        if self.session:
            self.reasons.close()
            if self.is_editing():
                self.session.editor.restore()
                return
            self._after_revert(self.session.controller.undo())

    def redo(self) -> None:
        if self.session:
            self.reasons.close()
            self._after_revert(self.session.controller.redo())

    def _after_revert(self, done: Reversal | None) -> None:
        if self.is_sheet():
            boxes = [event.box_id for event in done.events] if done is not None else []
            self._view.sheet.load(back_to=[box_id for box_id in boxes if box_id is not None])

    def _ask_reason(self, box_id: int) -> None:
        """For a second after a rejection."""
        self._begin_reason(box_id, lasting=False)

    def _begin_reason(self, box_id: int, *, lasting: bool) -> None:
        self.reasons.begin(box_id, lasting=lasting)
        session = self.session
        crop = session.presenter.crop_of(box_id) if session is not None else None
        self._view.header.ask(self._reason_words(), crop)
        self.show_banner()
        self.mode_requested.emit("review.reason")

    def _reason_words(self) -> str:
        keys = [
            f"{self._context.keymap.text(f'review.reason_{reason}')} {reason_word(reason)}"
            for reason in REASONS
        ]
        session = self.session
        current = session.navigator.current_id if session is not None else None
        here = self.reasons.lasting and current == self.reasons.box_id
        question = self.tr("Why is this box rejected?") if here else self.tr("Rejected. Why?")
        return f"{question}   {'   '.join(keys)}"

    def ask_reason(self) -> None:
        """Why the current box, or the last one, was rejected: until a key answers or leaves."""
        session = self.session
        if session is None:
            return
        box, last = session.navigator.current, session.controller.last_rejected
        if box is not None and box.state is BoxState.REJECTED:
            last = box.id
        if last is None:
            self._notify(self.tr("This box is not rejected, so it has no reason for that."), "hint")
        elif session.controller.may_write():
            self._begin_reason(last, lasting=True)

    def give_reason(self, reason: str | None) -> None:
        box_id = self.reasons.box_id
        if self.session and box_id is not None:
            later = self.reasons.lasting
            kept = self.session.controller.set_reason(box_id, reason, later=later)
            self.reasons.close()
            if kept:
                word = reason_word(reason) if reason else self.tr("no reason")
                self._notify(self.tr("Rejected: {}.").format(word), "done")

    def set_reason(self, reason: str | None) -> None:
        """The reason of the current box, chosen in the panel."""
        box = self.session.navigator.current if self.session else None
        if self.session and box is not None and box.reason != reason:
            self.session.controller.set_reason(box.id, reason, later=True)
        if not self._view.name_bar.isVisible():
            self.focus()

    def leave_reason(self) -> None:
        self.reasons.close()

    def _reason_closed(self) -> None:
        self._view.header.clear_note()
        self.show_banner()
        if self.session is not None and not self.is_sheet():
            self.mode_requested.emit(self.session.editor.tool.value)

    def comment(self) -> None:
        """One line under the picture; the keys type there until Enter or Escape."""
        box = self.session.navigator.current if self.session else None
        if self.session and box is not None and self.session.controller.may_write():
            self.reasons.close()
            self._view.comment.edit.setText(box.comment or "")
            self._view.comment.show()
            self._view.comment.edit.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def save_comment(self) -> None:
        if self.session:
            self.session.controller.comment(self._view.comment.edit.text())
        self.leave_comment()

    def leave_comment(self) -> None:
        self._view.comment.hide()
        self.focus()

    # --- browse -------------------------------------------------------------------------------

    def finish_edit(self) -> None:
        """Before another image or box: an edit is saved, a new box given up."""
        self.reasons.close()
        self.leave_label()
        self.leave_image()
        if self.session:
            self.session.editor.finish_edit()

    def step(self, by: int) -> None:
        if self.session:
            self.finish_edit()
            self.session.controller.step(by)

    def go_to(self, index: int) -> None:
        if self.session:
            self.finish_edit()
            self.session.controller.go_to(index)
            self.focus()

    def first(self) -> None:
        self.go_to(0)

    def last(self) -> None:
        if self.session:
            self.go_to(len(self.session.navigator.queue) - 1)

    def page(self, by: int) -> None:
        """Go on by as many images as the film strip shows."""
        if self.session and self.session.navigator.queue:
            step = max(len(self._view.film.in_sight()) - 1, 1)
            last = len(self.session.navigator.queue) - 1
            self.go_to(min(max(self.session.navigator.index + by * step, 0), last))

    def ask_number(self) -> None:
        """Ask for the number of an image and go there."""
        if self.session and self.session.navigator.queue and not self.is_sheet():
            self.reasons.close()
            navigator = self.session.navigator
            self._view.go_to.ask(max(navigator.index, 0), len(navigator.queue))

    def _go_to_number(self, index: int) -> None:
        self.leave_bars()
        self.go_to(index)

    def next_undecided(self) -> None:
        if self.session:
            self.finish_edit()
            self.session.controller.next_undecided()

    def open_filter(self) -> None:
        """Show the filter and type into it; again closes it."""
        bar = self._view.filter_bar
        focus = QApplication.focusWidget()
        if bar.isVisible() and focus is not None and bar.isAncestorOf(focus):
            self.leave_filter()
        else:
            bar.show()
            bar.focus()

    def leave_filter(self) -> None:
        bar = self._view.filter_bar
        bar.setVisible(not bar.is_clear())
        self.focus()

    def clear_filter(self) -> None:
        self._view.filter_bar.clear()
        self.leave_filter()

    def focus(self) -> None:
        """Return the keyboard focus to the picture."""
        target = self._view.sheet.grid if self.is_sheet() else self._view.canvas
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    # --- boxes --------------------------------------------------------------------------------

    def select_next(self, by: int) -> None:
        if self.session:
            self.finish_edit()
            self.session.controller.select_next(by)

    def select_shown(self, index: int) -> None:
        shown = self.session.navigator.visible_boxes() if self.session else []
        if self.session and index < len(shown):
            self.finish_edit()
            self.session.controller.select(shown[index].id)

    def show_all(self) -> None:
        if self.session:
            self.session.controller.show_all()

    def next_alternative(self) -> None:
        if self.session:
            self.reasons.close()
            self.session.editor.next_alternative()

    def edit(self) -> None:
        if self.session and (self.is_editing() or self._may_draw(self.session)):
            self.reasons.close()
            self.session.editor.start_edit()

    def new_box(self) -> None:
        if self.session and self._may_draw(self.session):
            self.reasons.close()
            self.session.editor.start_new()

    def _may_draw(self, session: ReviewSession) -> bool:
        """Nothing is drawn that could not be filed, nor on what has not been seen."""
        return session.controller.may_write() and session.controller.may_edit()

    def confirm_new(self) -> None:
        if self.session:
            self.session.editor.confirm_new()

    def _create(self, square: Square) -> None:
        """A new box takes the label of its image, or asks for one."""
        session = self.session
        image = session.navigator.image if session else None
        if session is None or image is None:
            return
        session.controller.create(square, image.label_id)
        box = session.navigator.current
        if box is not None and box.label_id is None and box.state is BoxState.UNDECIDED:
            self._notify(session.controller.needs_label(), "hint")

    def propose(self) -> None:
        """Proposing is the Collect workspace's: go there and begin."""
        self._context.go_to("collect")
        self._context.registry.trigger("collect.propose")

    def keep(self) -> None:
        if self.session:
            self.session.editor.keep()

    def restore(self) -> None:
        if self.session:
            self.session.editor.restore()

    def nudge(self, dx: float, dy: float) -> None:
        if self.session:
            self.session.editor.nudge(dx, dy)

    def resize_box(self, factor: float) -> None:
        if self.session:
            self.session.editor.resize(factor)

    # --- contact sheet ------------------------------------------------------------------------

    def toggle_sheet(self) -> None:
        """The contact sheet, or back to the single image."""
        if self.session is None:
            return
        self.finish_edit()
        if self.is_sheet():
            self._show_single()
            return
        self._view.pages.setCurrentWidget(self._view.sheet)
        self._view.header.set_grid(True)
        self._view.filter_bar.hide()
        self._view.go_to.hide()
        self.mode_requested.emit("review.grid")
        self.focus()
        self._view.sheet.load()

    def _show_single(self) -> None:
        session = self.session
        assert session is not None
        self._view.header.set_grid(False)
        self._view.filter_bar.setVisible(not self._view.filter_bar.is_clear())
        self._view.sheet.cancel_prefetch()
        if not session.navigator.queue and session.navigator.image is None:
            self._view.pages.setCurrentWidget(self._view.empty)
        else:
            self._view.pages.setCurrentWidget(self._view.single)
        session.navigator.reload()
        session.presenter.show_image()
        self.mode_requested.emit("review")
        self.focus()

    def open_tile(self) -> None:
        """The tile under the cursor, alone."""
        box_id = self._view.sheet.grid.current_box
        self._open_box(-1 if box_id is None else box_id)

    def _open_box(self, box_id: int) -> None:
        session = self.session
        if session is None or not self.is_sheet():
            return
        found = session.project.boxes.by_ids([box_id])
        if found:
            session.controller.go_to_box(found[0].image_id, box_id)
        self._show_single()

    def decide_page(
        self,
        accepted: list[int],
        rejected: list[int],
        label_id: int | None,
        labels: dict[int, int],
    ) -> None:
        if self.session and self.session.controller.decide_page(
            accepted, rejected, label_id, labels
        ):
            count = len(accepted) + len(rejected)
            self._view.sheet.next_undecided_page()
            key = self._context.keymap.text("review.back")
            self._context.toast(
                self.tr("{} crops decided. {} takes the page back.").format(count, key)
            )

    def confirm_page(self) -> None:
        sheet = self._view.sheet
        if sheet.confirmable:
            sheet.confirm()
        elif refusal := sheet.refusal():
            self._context.toast(refusal)
