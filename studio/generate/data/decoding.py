"""From a listing to pictures: all of it, in order, with what could not be used."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from studio.errors import StudioError
from studio.generate.data.archive import members_of
from studio.generate.data.decoder import DecodedImage, DecoderPool, Fetch
from studio.generate.data.listing import ImageListing, ListingEntry
from studio.generate.data.store import Index
from studio.generate.data.target_format import FormatChange, Pixels, TargetFormat
from studio.generate.data.training_images import RejectedFile
from studio.imaging import ImageError

OnProgress = Callable[[int, int], None]
Stop = Callable[[], bool]


class ReadingStoppedError(StudioError):
    """The caller asked to stop."""

    def __init__(self) -> None:
        super().__init__("Reading the pictures was stopped.")


@dataclass(frozen=True)
class Decoding:
    """Decoding all of a listing, on `workers` processes (None: one for each core)."""

    listing: ImageListing
    form: TargetFormat
    on_progress: OnProgress = lambda done, total: None
    stop: Stop = lambda: False
    workers: int | None = None

    def run(self, append: Callable[[Pixels], None]) -> Index:
        """Give each picture to `append`, in order; the index of those that were given.

        Raises StudioError when there is none, ReadingStoppedError when `stop` says so.
        """
        if not self.listing.entries:
            raise nothing(self.listing, self.listing.left_out)
        taken: list[ListingEntry] = []
        left_out: list[RejectedFile] = []
        changes: Counter[str] = Counter()
        for entry, outcome in self._decoded():
            if isinstance(outcome, DecodedImage):
                append(outcome.pixels)
                taken.append(entry)
                changes.update(outcome.changes)
            else:
                left_out.append(RejectedFile(entry.name, str(outcome)))
        if not taken:
            raise nothing(self.listing, [*self.listing.left_out, *left_out])
        files, labels = tuple(e.name for e in taken), tuple(e.label for e in taken)
        return Index(files, labels, tuple(left_out), dict(changes), groups=_groups(taken))

    def _decoded(self) -> Iterator[tuple[ListingEntry, DecodedImage | ImageError]]:
        entries = self.listing.entries
        with (
            _fetching(self.listing) as fetch,
            DecoderPool(self.form, fetch, self.workers) as decoder,
        ):
            for done, outcome in enumerate(decoder.decode_many(entries), start=1):
                if self.stop():
                    raise ReadingStoppedError
                yield outcome
                self.on_progress(done, len(entries))


def _groups(taken: list[ListingEntry]) -> tuple[str, ...]:
    """The group of each; () where none has one, as in folders and zips."""
    if all(entry.group is None for entry in taken):
        return ()
    return tuple(entry.group or entry.name for entry in taken)


def _fetching(listing: ImageListing) -> AbstractContextManager[Fetch | None]:
    return nullcontext() if listing.archive is None else members_of(listing.archive)


def change_notes(listing: ImageListing, index: Index, resolution: int) -> tuple[str, ...]:
    """Sentences about what was done to many pictures."""
    told = {
        FormatChange.TRIMMED: "Trimmed to be square, by at most one part in a hundred",
        FormatChange.ENLARGED: f"Enlarged to {resolution} px, which adds no detail",
    }
    if listing.archive is not None:  # of a zip one expects the size that it was made for
        told[FormatChange.SCALED] = f"Resized from the zip's size to {resolution} px"
    return tuple(
        f"{words}: {index.changes[change]:,} of {len(index.files):,} pictures."
        for change, words in told.items()
        if index.changes.get(change)
    )


def nothing(listing: ImageListing, left_out: list[RejectedFile]) -> StudioError:
    """The error for a source of which everything was left out."""
    first = f" The first of {len(left_out):,} left out: {left_out[0].sentence}" if left_out else ""
    return StudioError(f"{listing.source} has no picture that can be trained on.{first}")
