"""What the review workspace says: queue, reason, states and figures as sentences."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from studio.datasets import LIST_TITLES
from studio.imaging import Square, fit_square
from studio.project import KEPT, Box, BoxState, Decision, Label
from studio.review import Decider, Filter, ReviewCounts, in_play
from studio.wording import bounds, count, counted, moment, number


def tr(text: str) -> str:
    return QCoreApplication.translate("Review", text)


def state_word(state: BoxState) -> str:
    return {
        BoxState.UNDECIDED: tr("Undecided"),
        BoxState.ACCEPTED: tr("Accepted"),
        BoxState.ADJUSTED: tr("Edited and accepted"),
        BoxState.REJECTED: tr("Rejected"),
        BoxState.UNSURE: tr("Unsure, for the second reader"),
        BoxState.DISPUTED: tr("Two readers do not agree"),
    }[state]


def state_short(state: BoxState) -> str:
    return {
        BoxState.UNDECIDED: tr("Undecided"),
        BoxState.ACCEPTED: tr("Accepted"),
        BoxState.ADJUSTED: tr("Edited"),
        BoxState.REJECTED: tr("Rejected"),
        BoxState.UNSURE: tr("Unsure"),
        BoxState.DISPUTED: tr("To adjudicate"),
    }[state]


REASONS = ("blur", "off_topic", "duplicate", "face", "misplaced")


def reason_word(reason: str) -> str:
    return {
        "blur": tr("blur"),
        "off_topic": tr("off-topic"),
        "duplicate": tr("duplicate"),
        "face": tr("face or identity"),
        "misplaced": tr("misplaced"),
    }.get(reason, reason)


def decided_by(who: Decider | None) -> str:
    """Who decided a box and when, in the local time; empty for an undecided box."""
    if who is None:
        return ""
    date = moment(who.time)
    return tr("{}, {}").format(who.reviewer, date) if who.reviewer else date


def origin_word(origin: str) -> str:
    """Where a box came from, for people."""
    return {
        **{name: tr(title) for name, title in LIST_TITLES.items()},
        "coco": tr("COCO file"),
        "modelderm": tr("ModelDerm boxes"),
        "blob": tr("blob detector"),
        "hand": tr("drawn by hand"),
        "sample": tr("sample project"),
    }.get(origin, origin)


def queue_title(wanted: Filter, labels: dict[int, Label]) -> str:
    """The queue in words."""
    parts = []
    if wanted.states is not None:
        parts.append(tr(" or ").join(state_short(s) for s in sorted(wanted.states)))
    if wanted.labels is not None:
        names = [labels[i].name if i in labels else tr("no label") for i in wanted.labels]
        parts.append(tr(" or ").join(sorted(names)))
    if wanted.origins is not None:
        parts.append(tr(" or ").join(origin_word(o) for o in sorted(wanted.origins)))
    if wanted.min_score is not None or wanted.max_score is not None:
        low, high = wanted.min_score or 0.0, 1.0 if wanted.max_score is None else wanted.max_score
        parts.append(tr("score {}").format(bounds(low, high, 2)))
    if wanted.text:
        parts.append(tr("named “{}”").format(wanted.text))
    if wanted.needs_box:
        parts.append(tr("without a box"))
    if wanted.reviewers is not None:
        parts.append(tr("decided by {}").format(tr(" or ").join(sorted(wanted.reviewers))))
    if wanted.reasons is not None:
        reasons = sorted(reason_word(r) if r else tr("no reason") for r in wanted.reasons)
        parts.append(tr("rejected: {}").format(tr(" or ").join(reasons)))
    if wanted.comment is not None:
        said = tr("comment “{}”").format(wanted.comment) if wanted.comment else tr("with a comment")
        parts.append(said)
    title = " · ".join(parts)
    return title[0].upper() + title[1:] if title else tr("All images")


def why(wanted: Filter, box: Box | None, off_queue: bool) -> str:
    """Why this image is shown now."""
    if off_queue:
        return tr("Back at an earlier decision, outside this queue")
    order = {
        "score": tr("Best score first"),
        "random": tr("Random order, an unbiased sample"),
    }.get(wanted.order, tr("In the order of import"))
    if box is None:
        return tr("{} · nothing proposed here yet").format(order)
    if not in_play(box) and box.score is not None:
        return tr("{} · weak proposal, score {}").format(order, number(box.score, 2))
    if box.state is BoxState.UNDECIDED and box.score is not None:
        return tr("{} · proposal {} of this image, score {}").format(
            order, box.position + 1, number(box.score, 2)
        )
    if box.state is BoxState.UNDECIDED:
        return tr("{} · box from: {}").format(order, origin_word(box.origin))
    if box.state is BoxState.DISPUTED:
        return tr("{} · two readers do not agree").format(order)
    return tr("{} · already {}").format(order, state_short(box.state).lower())


def progress_sentence(counts: ReviewCounts, yours: bool = False) -> str:
    """How far a review is: "0 of 240 images · 552 strong boxes · 1,843 weak, hidden"; `yours` says
    that it counts what one of two readers has done."""
    words = tr("Your reading: {} of {}") if yours else tr("{} of {}")
    parts = [words.format(count(counts.images_done), _images(counts.images))]
    if counts.weak:
        boxes = counted(counts.strong, tr("{0} strong box"), tr("{0} strong boxes"))
        parts += [boxes, tr("{} weak, hidden").format(count(counts.weak))]
    else:
        parts.append(counted(counts.strong, tr("{0} box"), tr("{0} boxes")))
    return " · ".join(parts)


def done_sentence(counts: ReviewCounts) -> str:
    """What a review came to: "60 images decided: 122 crops kept, 58 rejected"."""
    parts = [
        counted(counts.kept, tr("{0} crop kept"), tr("{0} crops kept")),
        tr("{} rejected").format(count(counts.rejected)),
    ]
    if counts.unsure:
        parts.append(tr("{} unsure").format(count(counts.unsure)))
    return tr("{} decided: {}").format(_images(counts.images_done), ", ".join(parts))


def read_sentence(counts: ReviewCounts) -> str:
    """What one of two readers comes to at the end, and what all their decisions have settled."""
    boxes = counted(counts.strong, tr("{0} box"), tr("{0} boxes"))
    words = tr("Nothing waits for you. Settled: {} kept and {} rejected of {}")
    return words.format(count(counts.kept), count(counts.rejected), boxes)


def readings_sentence(
    readings: Sequence[Decision], stored: BoxState, adjudicator: str | None, labels: dict[int, str]
) -> str:
    """What came of the decisions of the readers of a box, and what each of them said."""
    if not readings:
        return ""
    if stored is BoxState.UNDECIDED:
        return tr("Waits for the other reader")
    if stored is BoxState.DISPUTED:
        first = tr("To adjudicate")
        if adjudicator is not None:
            first = tr("To adjudicate, by {}").format(adjudicator)
    else:
        first = tr("Settled: {}").format(state_short(stored))
    said = []
    for one in readings:
        word = state_short(one.state)
        name = labels.get(one.label_id) if one.label_id is not None else None
        named = f"{word}, {name}" if name and one.state in KEPT else word
        said.append(f"{one.reviewer}: {named}")
    return "\n".join([first, *said])


def left_sentence(counts: ReviewCounts) -> str:
    """What the end of a queue left: "The end of the queue: 12 boxes on 5 images are left"."""
    boxes = counted(counts.left, tr("{0} box"), tr("{0} boxes"))
    return tr("The end of the queue. Still to decide: {}").format(boxes)


def _images(n: int) -> str:
    return counted(n, tr("{0} image"), tr("{0} images"))


def pixels(side: float) -> str:
    return tr("{} px").format(count(round(side)))


def naming(sentence: str, stored: str, file: str) -> str:
    """A sentence about a stored original in terms of the name that the file came with."""
    name = clipped(file)
    return sentence.replace(stored, name) if stored in sentence else f"{name}: {sentence}"


def clipped(name: str, most: int = 160) -> str:
    """A file name short enough for a sentence."""
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 2 :]}"


def edge_notice(square: Square, width: float, height: float) -> str:
    """A sentence when the crop that will be exported is not the square as drawn, else ""."""
    fitted = fit_square(square, int(width), int(height))
    shifted = max(abs(fitted.cx - square.cx), abs(fitted.cy - square.cy))
    shrunk = square.side - fitted.side
    if shrunk >= 0.5:
        words = tr("Larger than the picture: shrunk from {} to {} px.")
        return words.format(number(square.side, 0), number(fitted.side, 0))
    if shifted >= 0.5:
        return tr("Over the edge: shifted inwards by {} px.").format(number(shifted, 0))
    return ""
