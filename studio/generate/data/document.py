"""`dataset.json` of an official data set, applied to what was listed beside it."""

from collections.abc import Callable

from studio.generate.data.groups import apply_groups
from studio.generate.data.labels import FILE, apply_labels
from studio.generate.data.listing import ImageListing
from studio.opening import FileRefused


def apply_document(listing: ImageListing, read: Callable[[], bytes], classes: bool) -> None:
    """Give the entries of `listing` the groups and, if asked for, the classes of the document
    whose bytes `read` gives. What is lost with one that cannot be read is told."""
    try:
        data = read()
    except (OSError, FileRefused) as error:
        lost = "the pictures have no classes" if classes else "every picture stands alone"
        listing.notes.append(f"{FILE} cannot be read, so {lost}: {error}.")
        return
    apply_groups(listing, data)
    if classes:
        apply_labels(listing, data)
