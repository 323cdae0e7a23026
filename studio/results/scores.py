"""The raw scores of one evaluation as a run folder keeps them: which image, truth, probability."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

import numpy as np
import numpy.typing as npt

from studio.errors import StudioError
from studio.tables import read_table, writing_table

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Square = tuple[float, float, float]
SQUARE, GROUP = "square", "group"  # columns behind the figures
_FIXED = ["file", "label", "score"]
_PROBABILITY = "p_"


@dataclass(frozen=True)
class ScoreSet:
    """Scores of N images: `probabilities` [N, C] by `classes`, `truth` [N] their class numbers.

    With two classes the second column is 1 minus the first. `squares` holds (cx, cy, side) in the
    raw frame for images that are a crop of their file, else None. `groups` name what each image
    belongs to, "" where nothing is known of it; empty where nothing is known of any.
    """

    files: tuple[str, ...]
    truth: npt.NDArray[np.int64]
    classes: tuple[str, ...]
    positive: str
    probabilities: Floats
    squares: tuple[Square | None, ...] = ()
    groups: tuple[str, ...] = ()

    @property
    def known_groups(self) -> tuple[str, ...] | None:
        """`groups` as the statistics take them; None where nothing is known."""
        return self.groups or None

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.files)

    def scores(self, name: str) -> Floats:
        """Probability [N] of class `name`."""
        return np.asarray(self.probabilities[:, self.classes.index(name)])

    def flags(self, name: str) -> Flags:
        """Which images [N] are truly of class `name`."""
        return np.asarray(self.truth == self.classes.index(name))

    def counts(self) -> dict[str, int]:
        """Images of each class, 0 included."""
        return {name: int(self.flags(name).sum()) for name in self.classes}

    def image_keys(self) -> list[tuple[str, str, Square | None, int]]:
        """What names each image: file, true class, square, and which of several such it is."""
        seen: Counter[tuple[str, str, Square | None]] = Counter()
        keys = []
        squares = self.squares or (None,) * self.n
        for file, index, square in zip(self.files, self.truth.tolist(), squares, strict=True):
            image = (file, self.classes[index], square)
            keys.append((*image, seen[image]))
            seen[image] += 1
        return keys


def read_scores(path: Path, positive: str = "", classes: Sequence[str] = ()) -> ScoreSet:
    """Read `file,label,score[,p_<class>...][,square][,group]`, and other columns after these.

    Where `classes` are not known they are those of the file. Raises StudioError naming file and
    row, and where `positive` is not known: a guess could turn the ROC curve upside down.
    """
    try:
        rows = read_table(path)
    except StudioError as error:
        raise StudioError(f"The scores {path} cannot be read: {error}") from error
    if not rows or rows[0][:3] != _FIXED:
        raise StudioError(
            f"{path} is not a table of scores: its first line is not file,label,score."
        )
    head, body = rows[0], rows[1:]
    names = [name.removeprefix(_PROBABILITY) for name in _probability_columns(head)]
    figures = slice(2, len(_FIXED) + len(names))
    behind = head[figures.stop :]
    extra = {n: figures.stop + behind.index(n) for n in (SQUARE, GROUP) if n in behind}
    labels = [row[1] for row in body if len(row) > 1]
    known = _known(names or classes or sorted({*labels, *filter(None, [positive])}), positive, path)
    index = {name: number for number, name in enumerate(known)}
    truth = np.empty(len(body), np.int64)
    numbers = np.empty((len(body), 1 + len(names)))
    squares: list[Square | None] = []
    for row_number, row in enumerate(body):
        try:
            truth[row_number] = index[row[1]]
            numbers[row_number] = [float(cell) for cell in row[figures]]
            squares.append(_square(row[extra[SQUARE]]) if SQUARE in extra else None)
        except (KeyError, ValueError, IndexError):
            raise StudioError(
                f"{path}, row {row_number + 2}: not a file, class and score."
            ) from None
    probabilities = numbers[:, 1:] if names else _two(numbers[:, 0], known.index(positive))
    return ScoreSet(
        tuple(row[0] for row in body),
        truth,
        known,
        positive,
        probabilities,
        tuple(squares) if SQUARE in extra else (),
        tuple(row[extra[GROUP]] if len(row) > extra[GROUP] else "" for row in body)
        if GROUP in extra
        else (),
    )


def write_scores(
    path: Path, scores: ScoreSet, more: Mapping[str, Sequence[str]] | None = None
) -> None:
    """`file,label,score[,p_<class>...][,square][,group]` and the columns `more` [N] after these, as
    `read_scores` reads them."""
    several, known = len(scores.classes) > 2, more or {}
    columns = [*_FIXED, *([f"{_PROBABILITY}{name}" for name in scores.classes] if several else [])]
    columns += [*([SQUARE] if scores.squares else []), *([GROUP] if scores.groups else [])]
    positive = scores.classes.index(scores.positive)
    with writing_table(path, [*columns, *known]) as table:
        for place, file in enumerate(scores.files):
            own = scores.probabilities[place]
            row = [file, scores.classes[scores.truth[place]], f"{own[positive]:.9g}"]
            row += [f"{p:.9g}" for p in own] if several else []
            row += [" ".join(map(str, scores.squares[place] or ()))] if scores.squares else []
            row += [scores.groups[place]] if scores.groups else []
            table.row([*row, *(column[place] for column in known.values())])


def _probability_columns(head: Sequence[str]) -> list[str]:
    """The columns `p_<class>` that follow the fixed ones without a gap."""
    return list(takewhile(lambda name: name.startswith(_PROBABILITY), head[len(_FIXED) :]))


def _known(classes: Sequence[str], positive: str, path: Path) -> tuple[str, ...]:
    """The classes, two at least, of which one is the positive one."""
    if positive not in classes:
        raise StudioError(
            f"Positive class unknown: no plan beside {path} says which class its scores are of, "
            "so no curve is drawn. Train the run again, or bring its whole folder."
        )
    return tuple(dict.fromkeys([*classes, "other", "rest"]))[: max(2, len(classes))]


def _square(cell: str) -> Square | None:
    if not cell:
        return None
    cx, cy, side = map(float, cell.split())
    return cx, cy, side


def _two(score: Floats, column: int) -> Floats:
    rest = 1 - score
    return np.stack([score, rest] if column == 0 else [rest, score], axis=1)


def aligned(first: ScoreSet, second: ScoreSet) -> npt.NDArray[np.int64] | None:
    """The order [N] that puts `second` beside `first`, None when they are not the same images.

    Which class either calls positive does not matter: a comparison is made for one of them by name.
    """
    if first.n != second.n or first.n == 0:
        return None
    if set(first.classes) != set(second.classes):
        return None
    place = {key: number for number, key in enumerate(second.image_keys())}
    order = [place.get(key, -1) for key in first.image_keys()]
    return None if -1 in order else np.array(order, np.int64)


def mean_scores(sets: Sequence[ScoreSet]) -> ScoreSet:
    """The mean of the probabilities of several models on the same images, in the order of the
    first: an ensemble. Raises StudioError where they are not of the same images and classes."""
    first = sets[0]
    total = first.probabilities.copy()
    for other in sets[1:]:
        order = aligned(first, other)
        if order is None:
            raise StudioError("Only scores of the same images and classes have a mean.")
        columns = [other.classes.index(name) for name in first.classes]
        total += other.probabilities[order][:, columns]
    return replace(first, probabilities=total / len(sets))


def inside(folder: Path, relative: str | None) -> Path | None:
    """The file `relative` of a run folder, None for one that leads out of it or is not there.

    A run folder may come from another machine; its events may name any file.
    """
    if not relative:
        return None
    path = (folder / relative).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def shortened(text: str, most: int) -> str:
    """A text of at most `most` characters: a longer one is cut and ends in …"""
    return text if len(text) <= most else f"{text[: most - 1]}…"
