"""The tables of `project.db`, the single source of truth of a project.

Boxes live in the *raw* frame: pixels of the stored file before any EXIF rotation is applied, x to
the right, y down, the centre of the top-left pixel at (0.5, 0.5). Squares stay squares under the
eight orientations, so nothing is lost; what a list gave is kept beside it, untouched, in
`source.as_read`.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# The classes of the project. `position` is the number key that assigns it (from 1).
label = Table(
    "label",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("position", Integer, nullable=False),
    Column("positive", Boolean, nullable=False, default=False),
    Column("never_in_bulk", Boolean, nullable=False, default=False),
)

reviewer = Table(
    "reviewer",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
)

# Near-duplicates: one unit for decisions and for train/test splits.
stack = Table(
    "stack",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("best_image_id", Integer),
)

image = Table(
    "image",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("file", Text, nullable=False),  # the name it came with, for people
    Column("suffix", String(8), nullable=False),  # of the stored original: ".jpg"
    Column("bytes", Integer, nullable=False),
    Column("width", Integer, nullable=False),  # raw frame
    Column("height", Integer, nullable=False),
    Column("orientation", Integer, nullable=False, default=1),  # EXIF 1..8
    Column("phash", String(16)),  # 64-bit perceptual hash, hexadecimal
    Column("sharpness", Float),
    Column("label_id", ForeignKey("label.id")),  # from a class folder; proposals inherit it
    Column("stack_id", ForeignKey("stack.id"), index=True),
    Column("synthetic", Boolean, nullable=False, default=False),
    Column("created", String(32), nullable=False),  # UTC, ISO 8601
    # What a table said of it; see studio.project.metadata.
    Column("patient", Text),
    Column("lesion", Text),
    Column("skin_tone", Text),
    Column("sex", Text),
    Column("age", Float),  # years
    Column("site", Text),
    Column("modality", Text),
    Column("framing", Text),
    Column("verification", Text),
    Column("licence", Text),
    Column("extra", JSON),  # any other column, by its name
)

# A detector has looked at an image, whether it found boxes there or not.
examination = Table(
    "examination",
    metadata,
    Column("detector", String(40), primary_key=True),
    Column("version", String(20), primary_key=True),
    Column("image_id", ForeignKey("image.id"), primary_key=True),
    Column("time", String(32)),  # UTC, ISO 8601; None when it is not known
)

# Where an image came from: one row for each row of a list, or for each file of a folder.
# `status` is exactly one of image, waiting, failed, needs_review.
source = Table(
    "source",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("origin", String(16), nullable=False),  # folder, file, can, coco, modelderm, sample
    Column("list_name", Text, nullable=False),  # the folder or list it was read from
    Column("line", Integer),  # 1-based line of the list, 0-based index elsewhere
    Column("as_read", JSON, nullable=False),  # the row exactly as read
    Column("url_listed", Text),
    Column("url", Text, index=True),  # repaired; what is or was fetched
    Column("host", Text),
    Column("path", Text),  # the local file, as given
    Column("label", Text),  # as listed
    Column("status", String(16), nullable=False),
    Column("reason", String(32)),  # studio.imaging.Reason or studio.datasets.formats.RowReason
    Column("detail", Text),  # the sentence for people
    Column("needs_box", Boolean, nullable=False, default=False),  # listed with a zero-area box
    Column("image_id", ForeignKey("image.id"), index=True),
    Column("box_id", ForeignKey("box.id"), index=True),
    Column("headers", JSON),
    Column("created", String(32), nullable=False),
    Index("ix_source_list", "list_name", "line"),
    # These three cover what `status` counts, so that it never reads the rows themselves.
    Index("ix_source_status", "status", "url", "reason"),
    Index("ix_source_needs_box", "needs_box", "image_id"),
    Index("ix_source_list_url", "list_name", "url", "label", "needs_box", "origin"),
)

# The current state of a box; its history is in `event`, written in the same transaction.
box = Table(
    "box",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("image_id", ForeignKey("image.id"), nullable=False),
    Column("cx", Float, nullable=False),  # raw frame, pixels
    Column("cy", Float, nullable=False),
    Column("side", Float, nullable=False),
    Column("label_id", ForeignKey("label.id")),
    Column("state", String(12), nullable=False),  # BoxState
    Column("origin", String(40), nullable=False),  # can, coco, modelderm, detector name, hand
    Column("version", String(20)),  # of the detector
    Column("score", Float),  # 0..1, None when the origin gives none
    Column("position", Integer, nullable=False),  # in the order of review of its image, from 0
    Column("reason", String(16)),  # of a rejection
    Column("comment", Text),
    Column("deleted", Boolean, nullable=False, default=False),
    # Best first, from 0, among the boxes of one image by one detector, list or hand.
    Column("rank", Integer, nullable=False, default=0, server_default="0"),
)
# Covers the filters of a review queue and gives its order without a sort.
Index(
    "ix_box_queue",
    box.c.image_id,
    box.c.position,
    box.c.id,  # two detectors' boxes may have one position
    box.c.deleted,
    box.c.state,
    box.c.label_id,
    box.c.origin,
    box.c.score,
)
# Covers the counts of `status`.
Index("ix_box_state", box.c.deleted, box.c.state, box.c.label_id)

# Append-only.
event = Table(
    "event",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("time", String(32), nullable=False),  # UTC, ISO 8601
    Column("reviewer_id", ForeignKey("reviewer.id")),
    Column("image_id", ForeignKey("image.id")),
    Column("box_id", ForeignKey("box.id"), index=True),
    Column("action", String(16), nullable=False),  # Action
    Column("before", JSON),  # the box columns that changed, as they were
    Column("after", JSON),
    Column("detector", String(40)),
    Column("detector_version", String(20)),
    Column("ms_spent", Integer),
    Column("on_screen", JSON),  # mode, zoom, aids such as CLAHE
    Column("reverts", Integer, index=True),  # the decision that this one undoes or redoes
    # The first event of what one gesture did (a page, a rejection and its reason), None when this
    # is it. A gesture is undone as a whole.
    Column("batch", Integer),
    # What this reviewer now says of the box (the columns of `decision`), where that is not what
    # the box itself became: two readers, who have not both decided or do not agree.
    Column("decision", JSON),
    Index("ix_event_reviewer", "reviewer_id", "id"),
    sqlite_autoincrement=True,
)

# What each reviewer says of a box now: the last decision that is in force. `box` holds what follows
# from all of them by the rule of the project; see studio.review.readers.
decision = Table(
    "decision",
    metadata,
    Column("box_id", ForeignKey("box.id"), primary_key=True),
    Column("reviewer_id", ForeignKey("reviewer.id"), primary_key=True),
    Column("event_id", ForeignKey("event.id"), nullable=False),
    Column("state", String(12), nullable=False),
    Column("label_id", ForeignKey("label.id")),
    Column("cx", Float, nullable=False),
    Column("cy", Float, nullable=False),
    Column("side", Float, nullable=False),
    Column("reason", String(16)),
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(120), nullable=False, unique=True),
    Column("event_id", Integer, nullable=False),  # the last event it knows
    Column("query", JSON, nullable=False),
    Column("created", String(32), nullable=False),
)

snapshot_box = Table(
    "snapshot_box",
    metadata,
    Column("snapshot_id", ForeignKey("snapshot.id"), primary_key=True),
    Column("box_id", ForeignKey("box.id"), primary_key=True),
    Column("image_sha256", String(64), nullable=False),
    Column("label", Text),
    Column("state", String(12), nullable=False),
    Column("cx", Float, nullable=False),
    Column("cy", Float, nullable=False),
    Column("side", Float, nullable=False),
)

# A long job of this project; everything else about it lies in its folder.
run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(20), nullable=False),  # propose, train, export, ...
    Column("title", Text, nullable=False),
    Column("folder", Text, nullable=False, unique=True),  # relative to the project when inside
    Column("snapshot_id", ForeignKey("snapshot.id")),
    Column("created", String(32), nullable=False),
)

# What a project remembers between sessions, such as where each reviewer stopped.
setting = Table(
    "setting",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("value", JSON, nullable=False),
)
