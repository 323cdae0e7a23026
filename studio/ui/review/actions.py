"""The actions of the review workspace as a table; their keys are in `resources/keymaps`."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from studio.review.label_keys import DIGITS, LETTERS
from studio.ui.actions import Action, always
from studio.ui.review.words import REASONS, reason_word

if TYPE_CHECKING:
    from studio.ui.review.commands import ReviewCommands
    from studio.ui.review.sheet_view import SheetView

SMALL_STEP, LARGE_STEP = 1, 10  # image pixels
SMALL_FACTOR, LARGE_FACTOR = 1.02, 1.10


def tr(text: str) -> str:
    return QCoreApplication.translate("Review", text)


def review_actions(room: "ReviewCommands", sheet: "SheetView") -> list[Action]:
    """Every action of the workspace."""
    return [
        *_deciding(room),
        *_labels(room),
        *_lettered(room),
        *_reasons(room),
        *_browsing(room),
        *_boxes(room),
        *_editing(room),
        *_looking(room),
        *_sheet(room, sheet),
    ]


def _act(
    action_id: str,
    title: str,
    run: Callable[[], object],
    category: str,
    enabled: Callable[[], bool],
    *,
    mode: str = "review",
    bar: str = "",
    repeats: bool = False,
    hold: Callable[[], object] | None = None,
    listed: Callable[[], bool] = always,
) -> Action:
    return Action(
        f"review.{action_id}",
        title,
        run,
        category,
        mode,
        enabled=enabled,
        bar=bar,
        repeats=repeats,
        hold=hold,
        listed=listed,
    )


def _deciding(room: "ReviewCommands") -> Iterator[Action]:
    group, single = tr("Decide"), room.is_single
    yield _act("accept", tr("Accept, next"), room.accept, group, single, bar=tr("accept"))
    yield _act("reject", tr("Reject, next"), room.reject, group, single, bar=tr("reject"))
    rest = tr("Reject the rest of this image, next")
    yield _act("reject_rest", rest, room.reject_rest, group, single, bar=tr("reject the rest"))
    whole = tr("The whole picture is the crop, next")
    yield _act("accept_whole", whole, room.accept_whole, group, single, bar=tr("whole picture"))
    unsure = tr("Unsure: to the second reader, next")
    yield _act("unsure", unsure, room.unsure, group, single, bar=tr("unsure"))
    yield _act("comment", tr("Comment on this box"), room.comment, group, single)
    back = tr("Undo the last decision and return to it")
    yield _act("back", back, room.undo, group, room.has_project, bar=tr("undo"))
    yield _act("undo", tr("Undo"), room.undo, group, room.has_project)
    yield _act("redo", tr("Redo"), room.redo, group, room.has_project)


def _labels(room: "ReviewCommands") -> Iterator[Action]:
    group = tr("Label")
    for number in DIGITS:
        title = tr("Label {} and accept, next").format(number)
        yield _act(
            f"label_{number}",
            title,
            partial(room.relabel, number),
            group,
            room.takes_label,
            bar=tr("label"),
            listed=partial(room.has_label, number),
        )
        title = tr("Label {} and accept, stay").format(number)
        yield _act(
            f"label_stay_{number}",
            title,
            partial(room.relabel, number, stay=True),
            group,
            room.takes_label,
            listed=partial(room.has_label, number),
        )


def _lettered(room: "ReviewCommands") -> Iterator[Action]:
    """A letter awaited after the key of `label_more` gives a label that has no digit."""
    group, mode = tr("Label"), "labels"
    more, leave = tr("Another label, by its letter"), tr("No other label")
    yield _act("label_more", more, room.ask_label, group, room.takes_label, listed=room.has_letters)
    asked = lambda: room.asks_label  # noqa: E731  # one condition of all of them
    yield _act("label_leave", leave, room.leave_label, group, asked, mode=mode, bar=tr("leave"))
    for letter in LETTERS:
        yield _act(
            f"label_{letter}",
            tr("Label {} and accept, next").format(letter.upper()),
            partial(room.relabel, letter),
            group,
            asked,
            mode=mode,
            bar=tr("label"),
            listed=partial(room.has_label, letter),
        )


def _reasons(room: "ReviewCommands") -> Iterator[Action]:
    group = tr("Reason of a rejection")
    asked = tr("Give or change the reason")
    yield _act("ask_reason", asked, room.ask_reason, group, room.is_single, bar=tr("reason"))
    for reason in REASONS:
        yield _act(
            f"reason_{reason}",
            tr("Reason: {}").format(reason_word(reason)),
            partial(room.give_reason, reason),
            group,
            room.asks_reason,
            mode="review.reason",
            bar=reason_word(reason),
        )
    without, leave = tr("Reason: none"), tr("Leave the reason as it is")
    mode = "review.reason"
    yield _act(
        "reason_none", without, partial(room.give_reason, None), group, room.asks_reason, mode=mode
    )
    yield _act("reason_leave", leave, room.leave_reason, group, room.asks_reason, mode=mode)


def _browsing(room: "ReviewCommands") -> Iterator[Action]:
    group, single = tr("Browse"), room.is_single
    back = partial(room.step, -1)
    yield _act(
        "previous", tr("Previous image"), back, group, single, repeats=True, bar=tr("previous")
    )
    yield _act(
        "next", tr("Next image"), lambda: room.step(1), group, single, repeats=True, bar=tr("next")
    )
    yield _act("first", tr("First image"), room.first, group, single, bar=tr("first"))
    yield _act("last", tr("Last image"), room.last, group, single)
    back, on = partial(room.page, -1), partial(room.page, 1)
    yield _act("page_back", tr("A strip of images back"), back, group, single, repeats=True)
    yield _act("page_on", tr("A strip of images on"), on, group, single, repeats=True)
    number = tr("Go to a number")
    yield _act("go_to", number, room.ask_number, group, single, bar=tr("go to"))
    yield _act(
        "next_undecided",
        tr("Next image with something to decide"),
        room.next_undecided,
        group,
        single,
        bar=tr("undecided"),
    )
    yield _act(
        "filter", tr("Filter and order"), room.open_filter, group, room.is_filterable,
        bar=tr("filter"),
    )  # fmt: skip
    yield _act("clear_filter", tr("Clear the filter"), room.clear_filter, group, room.has_project)


def _boxes(room: "ReviewCommands") -> Iterator[Action]:
    group, single = tr("Boxes"), room.is_single
    yield _act("next_box", tr("Next box"), lambda: room.select_next(1), group, single)
    yield _act("previous_box", tr("Previous box"), lambda: room.select_next(-1), group, single)
    yield _act(
        "alternative",
        tr("Next alternative: ×1, ×1.6, ×2.6"),
        room.next_alternative,
        group,
        single,
        bar=tr("size"),
    )
    yield _act("edit", tr("Edit the box"), room.edit, group, single, bar=tr("edit"))
    yield _act("new_box", tr("New box"), room.new_box, group, single, bar=tr("new box"))
    yield _act("more", tr("Show all proposals, or the best three"), room.show_all, group, single)


def _editing(room: "ReviewCommands") -> Iterator[Action]:
    group, edits = tr("Edit"), room.is_editing
    for name, dx, dy in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
        for suffix, step in (("", SMALL_STEP), ("_10", LARGE_STEP)):
            yield _act(
                f"nudge_{name}{suffix}",
                tr("Move {} by {} px").format(tr(name), step),
                partial(room.nudge, dx * step, dy * step),
                group,
                edits,
                mode="review.edit",
                repeats=True,
                bar=tr("move") if (name, suffix) == ("left", "") else "",
            )
    yield from _resizing(room)
    keep, restore = tr("Keep the edited box"), tr("Restore the box")
    yield _act("edit_keep", keep, room.keep, group, edits, mode="review.edit", bar=tr("keep"))
    yield _act(
        "edit_restore", restore, room.restore, group, edits, mode="review.edit", bar=tr("restore")
    )
    yield _act(
        "new_confirm",
        tr("Place the new box here"),
        room.confirm_new,
        group,
        edits,
        mode="review.new",
        bar=tr("place"),
    )
    cancel = tr("Cancel the new box")
    yield _act(
        "new_cancel", cancel, room.restore, group, edits, mode="review.new", bar=tr("cancel")
    )


def _resizing(room: "ReviewCommands") -> Iterator[Action]:
    group, edits = tr("Edit"), room.is_editing
    for suffix, factor in (("", SMALL_FACTOR), ("_10", LARGE_FACTOR)):
        percent = round((factor - 1) * 100)
        for name, by in (("smaller", 1 / factor), ("larger", factor)):
            yield _act(
                f"{name}{suffix}",
                tr("{} by {} %").format(tr(name).capitalize(), percent),
                partial(room.resize_box, by),
                group,
                edits,
                mode="review.edit",
                repeats=True,
                bar=tr(name),
            )


def _looking(room: "ReviewCommands") -> Iterator[Action]:
    group, single, held = tr("Look"), room.is_single, room.look.hold
    for action_id, title, tool in (
        ("loupe", tr("Loupe, 1:1 (hold)"), "loupe"),
        ("hide_boxes", tr("Hide the boxes (hold)"), "hide"),
        ("contrast", tr("Local contrast, CLAHE (hold)"), "clahe"),
        ("balance", tr("Grey-world white balance (hold)"), "grey_world"),
    ):
        yield _act(
            action_id,
            title,
            partial(held, tool, True),
            group,
            single,
            hold=partial(held, tool, False),
        )
    yield _act("zoom_in", tr("Zoom in"), lambda: room.look.zoom(1.25), group, single, repeats=True)
    yield _act("zoom_out", tr("Zoom out"), lambda: room.look.zoom(0.8), group, single, repeats=True)
    yield _act("zoom_fit", tr("Fit the picture"), room.look.fit, group, single)
    yield _act("zoom_pixels", tr("One to one"), room.look.zoom_to_pixels, group, single)
    yield _act("zoom_box", tr("Fit the box"), room.look.fit_box, group, single)
    keep = tr("Keep the zoom over boxes and pictures, or not")
    yield _act("keep_zoom", keep, room.look.toggle_keep_zoom, group, single, bar=tr("keep zoom"))
    for name, right, down in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
        title, run = tr("Look further {}").format(tr(name)), partial(room.look.pan, right, down)
        yield _act(f"pan_{name}", title, run, group, single, repeats=True)


def _sheet(room: "ReviewCommands", view: "SheetView") -> Iterator[Action]:
    group, sheet = tr("Contact sheet"), room.is_sheet
    yield _act(
        "grid", tr("Contact sheet, or back"), room.toggle_sheet, group, room.has_project,
        bar=tr("sheet or single"),
    )  # fmt: skip
    yield _act(
        "single", tr("Open in the single view"), room.open_tile, group, sheet, bar=tr("open")
    )
    for name, dx, dy in (("left", -1, 0), ("right", 1, 0), ("up", 0, -1), ("down", 0, 1)):
        yield _act(
            f"grid_{name}",
            tr("Tile to the {}").format(tr(name)),
            partial(view.grid.move_cursor, dx, dy),
            group,
            sheet,
            mode="review.grid",
            repeats=True,
        )
    yield _act(
        "grid_mark", tr("Mark the tile as wrong"), view.toggle, group, sheet,
        mode="review.grid", bar=tr("mark wrong"),
    )  # fmt: skip
    yield _act(
        "grid_confirm",
        tr("Decide the page: accept the unmarked, reject the marked"),
        room.confirm_page,
        group,
        sheet,
        mode="review.grid",
        bar=tr("decide page"),
    )
    yield _act(
        "grid_first", tr("First page"), partial(view.turn_to, 0), group, sheet, mode="review.grid"
    )
    yield _act(
        "grid_last", tr("Last page"), partial(view.turn_to, -1), group, sheet, mode="review.grid"
    )
    yield _act(
        "grid_next_page", tr("Next page"), lambda: view.turn(1), group, sheet,
        mode="review.grid", bar=tr("next page"),
    )  # fmt: skip
    yield _act(
        "grid_previous_page", tr("Previous page"), lambda: view.turn(-1), group, sheet,
        mode="review.grid",
    )  # fmt: skip
