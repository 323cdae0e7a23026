"""Pictures into a project: verified in child processes, copied once, known ones passed over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.imaging import ImageError, Limits, Reason, VerifiedImage, Verifier, shown_name
from studio.opening import sha256_file
from studio.project import ImageRow, NewImage, Project

Stop = Callable[[], bool]
BATCH = 100
MIN_SIDE = 8
"""Pixels. What has a shorter side is a tracker or a spacer of a web page and shows no lesion."""


@dataclass(frozen=True, slots=True)
class IntakeRequest:
    """A file to take in, how its list or folder names it, and the label of its folder."""

    path: Path
    named: str
    label_id: int | None = None


@dataclass(frozen=True, slots=True)
class IntakeResult:
    """What became of a file: an image of the project (`fresh` when it is new), or an error."""

    wanted: IntakeRequest
    image: ImageRow | None
    fresh: bool = False
    error: StudioError | None = None

    @property
    def reason(self) -> str:
        """The reason of the error, of the closed set."""
        reason = self.error.reason if isinstance(self.error, ImageError) else Reason.UNREADABLE
        return reason.value


class Intake:
    """Takes files into a project, in batches of one transaction each. A context manager."""

    def __init__(self, project: Project, stop: Stop, limits: Limits | None = None) -> None:
        self._project = project
        self._stop = stop
        self._limits = limits or Limits()
        self._verifier = Verifier(self._limits)
        self._had_images = project.images.count() > 0

    def __enter__(self) -> "Intake":
        return self

    def __exit__(self, *_: object) -> None:
        self._verifier.close()

    def import_files(
        self, wanted: Sequence[IntakeRequest], on_file: Callable[[IntakeRequest], None]
    ) -> Iterator[list[IntakeResult]]:
        """Batches of results in the order of `wanted`; ends early, between files, on a stop.

        `on_file` hears of each file as it is done. What was taken before a stop stays.
        """
        for begin in range(0, len(wanted), BATCH):
            batch = self._batch(wanted[begin : begin + BATCH], on_file)
            if batch:
                yield batch
            if self._stop():
                return

    def _batch(
        self, wanted: Sequence[IntakeRequest], on_file: Callable[[IntakeRequest], None]
    ) -> list[IntakeResult]:
        done: dict[int, IntakeResult] = {}
        for index, image in self._known(wanted).items():
            done[index] = IntakeResult(wanted[index], image)
            on_file(wanted[index])
        rest = [index for index in range(len(wanted)) if index not in done]
        verified: list[tuple[int, VerifiedImage]] = []
        outcomes = self._verifier.check_many(wanted[index].path for index in rest)
        # Not strict: a stop leaves the outcomes of the last files unasked for.
        for index, (path, outcome) in zip(rest, outcomes, strict=False):
            problem = outcome if isinstance(outcome, ImageError) else _too_small(outcome, path)
            if problem is not None:
                done[index] = IntakeResult(wanted[index], None, error=problem)
            elif not isinstance(outcome, ImageError):
                verified.append((index, outcome))
            on_file(wanted[index])
            if self._stop():
                break
        done.update(self._add(wanted, verified))
        return [done[index] for index in sorted(done)]

    def _known(self, wanted: Sequence[IntakeRequest]) -> dict[int, ImageRow]:
        """Files whose bytes the project has: told by their hash, without decoding them again."""
        if not self._had_images:
            return {}
        hashes = {index: self._hash(one.path) for index, one in enumerate(wanted)}
        known = self._project.images.sha256s_known(h for h in hashes.values() if h is not None)
        found = {}
        for index, sha256 in hashes.items():
            if sha256 in known and sha256 is not None:
                image = self._project.images.by_sha256(sha256)
                if image is not None:
                    found[index] = image
        return found

    def _hash(self, path: Path) -> str | None:
        """None for what is not a plain file of bearable size; the verifier says what is wrong."""
        try:
            if path.stat().st_size > self._limits.max_bytes:
                return None
            return sha256_file(path)
        except (OSError, ValueError, StudioError):
            return None

    def _add(
        self, wanted: Sequence[IntakeRequest], verified: list[tuple[int, VerifiedImage]]
    ) -> dict[int, IntakeResult]:
        new: dict[int, NewImage] = {}
        first: dict[str, NewImage] = {}
        for index, outcome in verified:
            one = wanted[index]
            image = NewImage(outcome, one.path.name, one.path, one.label_id)
            # Of the same bytes twice in a batch, the first gives the label and the name.
            new[index] = first.setdefault(outcome.sha256, image)
        seen = self._project.images.sha256s_known(image.verified.sha256 for image in new.values())
        taken = {}
        for index, row in self._add_many(new).items():
            if isinstance(row, StudioError):
                taken[index] = IntakeResult(wanted[index], None, error=row)
            else:
                taken[index] = IntakeResult(wanted[index], row, row.sha256 not in seen)
                seen.add(row.sha256)
        return taken

    def _add_many(self, new: dict[int, NewImage]) -> dict[int, ImageRow | StudioError]:
        try:
            rows = self._project.images.add_many(list(new.values()))
        except StudioError:
            # One of them cannot be copied: go on one by one and learn which.
            return {index: self._add_one(image) for index, image in new.items()}
        return dict(zip(new, rows, strict=True))

    def _add_one(self, image: NewImage) -> ImageRow | StudioError:
        try:
            return self._project.images.add_many([image])[0]
        except StudioError as error:
            return error


def _too_small(verified: VerifiedImage, path: Path) -> ImageError | None:
    width, height = verified.info.width, verified.info.height
    if min(width, height) >= MIN_SIDE:
        return None
    sentence = (
        f"{shown_name(path)} is {width} × {height} pixels, too small to show a lesion: a web page "
        "uses such pictures as placeholders."
    )
    return ImageError(Reason.TOO_SMALL, sentence)
