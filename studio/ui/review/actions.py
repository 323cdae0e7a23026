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


def review_actions(commands: "ReviewCommands", sheet: "SheetView") -> list[Action]:
    """Every action of the workspace."""
    return [
        *_deciding(commands),
        *_labels(commands),
        *_lettered(commands),
        *_reasons(commands),
        *_browsing(commands),
        *_boxes(commands),
        *_editing(commands),
        *_looking(commands),
        *_sheet(commands, sheet),
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
        action_id,
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


def _deciding(commands: "ReviewCommands") -> Iterator[Action]:
    group, single = tr("Decide"), commands.is_single
    yield _act(
        "review.accept", tr("Accept, next"), commands.accept, group, single, bar=tr("accept")
    )
    yield _act(
        "review.reject", tr("Reject, next"), commands.reject, group, single, bar=tr("reject")
    )
    image = tr("This box is the lesion: reject the rest, next image")
    yield _act(
        "review.decide_image", image, commands.decide_image, group, single, bar=tr("this one only")
    )
    yield _act(
        "review.image_leave",
        tr("Leave this image undecided"),
        commands.leave_image,
        group,
        commands.is_asking_image,
        mode="review.image",
        bar=tr("leave"),
    )
    rest = tr("Reject the rest of this image, next")
    yield _act(
        "review.reject_rest", rest, commands.reject_rest, group, single, bar=tr("reject the rest")
    )
    whole = tr("The whole picture is the crop, next")
    yield _act(
        "review.accept_whole", whole, commands.accept_whole, group, single, bar=tr("whole picture")
    )
    unsure = tr("Unsure: to the second reader, next")
    yield _act("review.unsure", unsure, commands.unsure, group, single, bar=tr("unsure"))
    yield _act("review.comment", tr("Comment on this box"), commands.comment, group, single)
    back = tr("Undo the last decision and return to it")
    yield _act("review.back", back, commands.undo, group, commands.has_project, bar=tr("undo"))
    yield _act("review.undo", tr("Undo"), commands.undo, group, commands.has_project)
    yield _act("review.redo", tr("Redo"), commands.redo, group, commands.has_project)


def _labels(commands: "ReviewCommands") -> Iterator[Action]:
    group = tr("Label")
    for number in DIGITS:
        title = tr("Label {} and accept, next").format(number)
        yield _act(
            f"review.label_{number}",
            title,
            partial(commands.relabel, number),
            group,
            commands.can_label,
            bar=tr("label"),
            listed=partial(commands.has_label, number),
        )
        title = tr("Label {} and accept, stay").format(number)
        yield _act(
            f"review.label_stay_{number}",
            title,
            partial(commands.relabel, number, stay=True),
            group,
            commands.can_label,
            listed=partial(commands.has_label, number),
        )


def _lettered(commands: "ReviewCommands") -> Iterator[Action]:
    """The key of `review.label_more`, then a letter, gives a label that has no digit."""
    group, mode = tr("Label"), "labels"
    more, leave = tr("Another label, by its letter"), tr("No other label")
    yield _act(
        "review.label_more",
        more,
        commands.ask_label,
        group,
        commands.can_label,
        listed=commands.has_letters,
    )
    asked = lambda: commands.is_asking_label  # noqa: E731  # one condition of all of them
    yield _act(
        "review.label_leave", leave, commands.leave_label, group, asked, mode=mode, bar=tr("leave")
    )
    for letter in LETTERS:
        yield _act(
            f"review.label_{letter}",
            tr("Label {} and accept, next").format(letter.upper()),
            partial(commands.relabel, letter),
            group,
            asked,
            mode=mode,
            bar=tr("label"),
            listed=partial(commands.has_label, letter),
        )


def _reasons(commands: "ReviewCommands") -> Iterator[Action]:
    group = tr("Reason of a rejection")
    asked = tr("Give or change the reason")
    yield _act(
        "review.ask_reason", asked, commands.ask_reason, group, commands.is_single, bar=tr("reason")
    )
    for reason in REASONS:
        yield _act(
            f"review.reason_{reason}",
            tr("Reason: {}").format(reason_word(reason)),
            partial(commands.give_reason, reason),
            group,
            commands.is_asking_reason,
            mode="review.reason",
            bar=reason_word(reason),
        )
    without, leave = tr("Reason: none"), tr("Leave the reason as it is")
    mode = "review.reason"
    yield _act(
        "review.reason_none",
        without,
        partial(commands.give_reason, None),
        group,
        commands.is_asking_reason,
        mode=mode,
    )
    yield _act(
        "review.reason_leave",
        leave,
        commands.leave_reason,
        group,
        commands.is_asking_reason,
        mode=mode,
    )


def _browsing(commands: "ReviewCommands") -> Iterator[Action]:
    group, single = tr("Browse"), commands.is_single
    back = partial(commands.step, -1)
    yield _act(
        "review.previous",
        tr("Previous image"),
        back,
        group,
        single,
        repeats=True,
        bar=tr("previous"),
    )
    yield _act(
        "review.next",
        tr("Next image"),
        lambda: commands.step(1),
        group,
        single,
        repeats=True,
        bar=tr("next"),
    )
    yield _act("review.first", tr("First image"), commands.first, group, single, bar=tr("first"))
    yield _act("review.last", tr("Last image"), commands.last, group, single)
    back, on = partial(commands.page, -1), partial(commands.page, 1)
    yield _act("review.page_back", tr("A strip of images back"), back, group, single, repeats=True)
    yield _act("review.page_on", tr("A strip of images on"), on, group, single, repeats=True)
    number = tr("Go to a number")
    yield _act("review.go_to", number, commands.ask_number, group, single, bar=tr("go to"))
    yield _act(
        "review.next_undecided",
        tr("Next image with something to decide"),
        commands.next_undecided,
        group,
        single,
        bar=tr("undecided"),
    )
    yield _act(
        "review.filter",
        tr("Filter and order"),
        commands.open_filter,
        group,
        commands.is_filterable,
        bar=tr("filter"),
    )
    yield _act(
        "review.clear_filter",
        tr("Clear the filter"),
        commands.clear_filter,
        group,
        commands.has_project,
    )


def _boxes(commands: "ReviewCommands") -> Iterator[Action]:
    group, single = tr("Boxes"), commands.is_single
    yield _act("review.next_box", tr("Next box"), lambda: commands.select_next(1), group, single)
    yield _act(
        "review.previous_box", tr("Previous box"), lambda: commands.select_next(-1), group, single
    )
    yield _act(
        "review.alternative",
        tr("Next alternative: ×1, ×1.6, ×2.6"),
        commands.next_alternative,
        group,
        single,
        bar=tr("size"),
    )
    yield _act("review.edit", tr("Edit the box"), commands.edit, group, single, bar=tr("edit"))
    yield _act("review.new_box", tr("New box"), commands.new_box, group, single, bar=tr("new box"))
    yield _act(
        "review.more",
        tr("Show the weak proposals too, or hide them"),
        commands.show_all,
        group,
        single,
    )


def _editing(commands: "ReviewCommands") -> Iterator[Action]:
    group, edits = tr("Edit"), commands.is_editing
    for action_id, name, dx, dy in (
        ("review.nudge_left", tr("left"), -SMALL_STEP, 0),
        ("review.nudge_left_10", tr("left"), -LARGE_STEP, 0),
        ("review.nudge_right", tr("right"), SMALL_STEP, 0),
        ("review.nudge_right_10", tr("right"), LARGE_STEP, 0),
        ("review.nudge_up", tr("up"), 0, -SMALL_STEP),
        ("review.nudge_up_10", tr("up"), 0, -LARGE_STEP),
        ("review.nudge_down", tr("down"), 0, SMALL_STEP),
        ("review.nudge_down_10", tr("down"), 0, LARGE_STEP),
    ):
        yield _act(
            action_id,
            tr("Move {} by {} px").format(name, abs(dx + dy)),
            partial(commands.nudge, dx, dy),
            group,
            edits,
            mode="review.edit",
            repeats=True,
            bar=tr("move") if action_id == "review.nudge_left" else "",
        )
    yield from _resizing(commands)
    keep, restore = tr("Keep the edited box"), tr("Restore the box")
    yield _act(
        "review.edit_keep", keep, commands.keep, group, edits, mode="review.edit", bar=tr("keep")
    )
    yield _act(
        "review.edit_restore",
        restore,
        commands.restore,
        group,
        edits,
        mode="review.edit",
        bar=tr("restore"),
    )
    yield _act(
        "review.new_confirm",
        tr("Place the new box here"),
        commands.confirm_new,
        group,
        edits,
        mode="review.new",
        bar=tr("place"),
    )
    cancel = tr("Cancel the new box")
    yield _act(
        "review.new_cancel",
        cancel,
        commands.restore,
        group,
        edits,
        mode="review.new",
        bar=tr("cancel"),
    )


def _resizing(commands: "ReviewCommands") -> Iterator[Action]:
    group, edits = tr("Edit"), commands.is_editing
    smaller, larger = tr("smaller"), tr("larger")
    for action_id, name, factor, by in (
        ("review.smaller", smaller, SMALL_FACTOR, 1 / SMALL_FACTOR),
        ("review.larger", larger, SMALL_FACTOR, SMALL_FACTOR),
        ("review.smaller_10", smaller, LARGE_FACTOR, 1 / LARGE_FACTOR),
        ("review.larger_10", larger, LARGE_FACTOR, LARGE_FACTOR),
    ):
        yield _act(
            action_id,
            tr("{} by {} %").format(name.capitalize(), round((factor - 1) * 100)),
            partial(commands.resize_box, by),
            group,
            edits,
            mode="review.edit",
            repeats=True,
            bar=name,
        )


def _looking(commands: "ReviewCommands") -> Iterator[Action]:
    group, single, held = tr("Look"), commands.is_single, commands.look.hold
    for action_id, title, tool in (
        ("review.loupe", tr("Loupe, 1:1 (hold)"), "loupe"),
        ("review.hide_boxes", tr("Hide the boxes (hold)"), "hide"),
        ("review.contrast", tr("Local contrast, CLAHE (hold)"), "clahe"),
        ("review.balance", tr("Grey-world white balance (hold)"), "grey_world"),
    ):
        yield _act(
            action_id,
            title,
            partial(held, tool, True),
            group,
            single,
            hold=partial(held, tool, False),
        )
    yield _act(
        "review.zoom_in",
        tr("Zoom in"),
        lambda: commands.look.zoom(1.25),
        group,
        single,
        repeats=True,
    )
    yield _act(
        "review.zoom_out",
        tr("Zoom out"),
        lambda: commands.look.zoom(0.8),
        group,
        single,
        repeats=True,
    )
    yield _act("review.zoom_fit", tr("Fit the picture"), commands.look.fit, group, single)
    yield _act("review.zoom_pixels", tr("One to one"), commands.look.zoom_to_pixels, group, single)
    yield _act("review.zoom_box", tr("Fit the box"), commands.look.fit_box, group, single)
    keep = tr("Keep the zoom over boxes and pictures, or not")
    yield _act(
        "review.keep_zoom", keep, commands.look.toggle_keep_zoom, group, single, bar=tr("keep zoom")
    )
    for action_id, name, right, down in (
        ("review.pan_left", tr("left"), -1, 0),
        ("review.pan_right", tr("right"), 1, 0),
        ("review.pan_up", tr("up"), 0, -1),
        ("review.pan_down", tr("down"), 0, 1),
    ):
        title, run = tr("Look further {}").format(name), partial(commands.look.pan, right, down)
        yield _act(action_id, title, run, group, single, repeats=True)


def _sheet(commands: "ReviewCommands", view: "SheetView") -> Iterator[Action]:
    group, sheet = tr("Contact sheet"), commands.is_sheet
    yield _act(
        "review.grid",
        tr("Contact sheet, or back"),
        commands.toggle_sheet,
        group,
        commands.has_project,
        bar=tr("sheet or single"),
    )
    yield _act(
        "review.single",
        tr("Open in the single view"),
        commands.open_tile,
        group,
        sheet,
        bar=tr("open"),
    )
    for action_id, title, dx, dy in (
        ("review.grid_left", tr("Tile to the left"), -1, 0),
        ("review.grid_right", tr("Tile to the right"), 1, 0),
        ("review.grid_up", tr("Tile above"), 0, -1),
        ("review.grid_down", tr("Tile below"), 0, 1),
    ):
        yield _act(
            action_id,
            title,
            partial(view.grid.move_cursor, dx, dy),
            group,
            sheet,
            mode="review.grid",
            repeats=True,
        )
    yield _act(
        "review.grid_mark",
        tr("Mark the tile as wrong"),
        view.toggle,
        group,
        sheet,
        mode="review.grid",
        bar=tr("mark wrong"),
    )
    yield _act(
        "review.grid_confirm",
        tr("Decide the page: accept the unmarked, reject the marked"),
        commands.confirm_page,
        group,
        sheet,
        mode="review.grid",
        bar=tr("decide page"),
    )
    yield _act(
        "review.grid_first",
        tr("First page"),
        partial(view.go_to_page, 0),
        group,
        sheet,
        mode="review.grid",
    )
    yield _act(
        "review.grid_last",
        tr("Last page"),
        partial(view.go_to_page, -1),
        group,
        sheet,
        mode="review.grid",
    )
    yield _act(
        "review.grid_next_page",
        tr("Next page"),
        lambda: view.turn_page(1),
        group,
        sheet,
        mode="review.grid",
        bar=tr("next page"),
    )
    yield _act(
        "review.grid_previous_page",
        tr("Previous page"),
        lambda: view.turn_page(-1),
        group,
        sheet,
        mode="review.grid",
    )
