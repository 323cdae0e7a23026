"""Patients, metadata, examinations by several detectors, decisions by reviewer.

Whatever an older database knows is carried over: who examined an image goes to `examination`, the
order of the boxes of an image is its `position` from now on beside a `rank` for each detector, and
the last decision in force of each reviewer on each box is read out of the log into `decision`.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import context, op

revision = "0002"
down_revision = "0001"

_PART = 4_000  # images or boxes a statement, between which the progress is told
_TEXTS = (
    "patient",
    "lesion",
    "skin_tone",
    "sex",
    "site",
    "modality",
    "framing",
    "verification",
    "licence",
)
_COLUMNS = ("cx", "cy", "side", "label_id", "state", "reason")
_DECIDES = "('create', 'accept', 'reject', 'relabel', 'adjust', 'unsure')"
# Decisions whose last undo comes after their last redo.
_UNDONE = """
    SELECT reverts FROM event WHERE action IN ('undo', 'redo') AND reverts IS NOT NULL
    GROUP BY reverts
    HAVING max(CASE WHEN action = 'undo' THEN id END)
         > coalesce(max(CASE WHEN action = 'redo' THEN id END), 0)
"""


def upgrade() -> None:
    """Add what is new, and fill it from what is there."""
    tell: Callable[[int, int], None] = context.config.attributes.get("on_progress", _silent)
    connection = op.get_bind()
    images = connection.scalar(sa.text("SELECT coalesce(max(id), 0) FROM image")) or 0
    boxes = connection.scalar(sa.text("SELECT coalesce(max(id), 0) FROM box")) or 0
    total = images + 2 * boxes + 1
    tell(0, total)
    _images()
    for done in _ranks(connection, images):
        tell(min(done, images) * (images + boxes) // max(images, 1), total)
    for done in _decisions(connection, boxes):
        tell(images + boxes + min(done, boxes), total)
    tell(total, total)


def _silent(done: int, total: int) -> None:
    """For who migrates without a window."""


def _images() -> None:
    for name in _TEXTS[:4]:
        op.add_column("image", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("image", sa.Column("age", sa.Float(), nullable=True))
    for name in _TEXTS[4:]:
        op.add_column("image", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("image", sa.Column("extra", sa.JSON(), nullable=True))
    op.create_table(
        "examination",
        sa.Column("detector", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=20), nullable=False),
        sa.Column("image_id", sa.Integer(), nullable=False),
        sa.Column("time", sa.String(length=32), nullable=True),
        sa.ForeignKeyConstraint(
            ["image_id"], ["image.id"], name=op.f("fk_examination_image_id_image")
        ),
        sa.PrimaryKeyConstraint("detector", "version", "image_id", name=op.f("pk_examination")),
    )
    # "blob 0" was the detector "blob" of version "0". When it looked is when its boxes came.
    op.execute(
        """
        INSERT INTO examination (image_id, detector, version, time)
        SELECT i.id, i.detector, i.version, e.time
        FROM (
            SELECT id,
                CASE WHEN instr(proposed_by, ' ') > 0
                    THEN substr(proposed_by, 1, instr(proposed_by, ' ') - 1) ELSE proposed_by
                END AS detector,
                CASE WHEN instr(proposed_by, ' ') > 0
                    THEN substr(proposed_by, instr(proposed_by, ' ') + 1) ELSE ''
                END AS version
            FROM image WHERE proposed_by IS NOT NULL
        ) AS i
        LEFT JOIN (
            SELECT image_id, detector, detector_version, min(time) AS time FROM event
            WHERE action = 'propose' AND detector IS NOT NULL
            GROUP BY image_id, detector, detector_version
        ) AS e
        ON e.image_id = i.id AND e.detector = i.detector AND e.detector_version = i.version
        """
    )
    op.drop_column("image", "proposed_by")


def _ranks(connection: sa.Connection, images: int) -> Iterator[int]:
    """`rank` was the order among all boxes of an image, which is `position` from now on."""
    op.execute("ALTER TABLE box RENAME COLUMN rank TO position")
    op.add_column("box", sa.Column("rank", sa.Integer(), server_default="0", nullable=False))
    statement = sa.text(
        """
        UPDATE box SET rank = counted.number
        FROM (
            SELECT id, row_number() OVER (
                PARTITION BY image_id, origin, version ORDER BY position, id
            ) - 1 AS number
            FROM box WHERE image_id BETWEEN :first AND :last
        ) AS counted
        WHERE box.id = counted.id AND counted.number > 0
        """
    )
    for first in range(1, images + 1, _PART):
        connection.execute(statement, {"first": first, "last": first + _PART - 1})
        yield first + _PART
    op.drop_index("ix_box_queue", table_name="box")
    op.create_index(
        "ix_box_queue",
        "box",
        ["image_id", "position", "id", "deleted", "state", "label_id", "origin", "score"],
        unique=False,
    )


def _decisions(connection: sa.Connection, boxes: int) -> Iterator[int]:
    op.add_column("event", sa.Column("decision", sa.JSON(), nullable=True))
    op.create_table(
        "decision",
        sa.Column("box_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("label_id", sa.Integer(), nullable=True),
        sa.Column("cx", sa.Float(), nullable=False),
        sa.Column("cy", sa.Float(), nullable=False),
        sa.Column("side", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["box_id"], ["box.id"], name=op.f("fk_decision_box_id_box")),
        sa.ForeignKeyConstraint(
            ["event_id"], ["event.id"], name=op.f("fk_decision_event_id_event")
        ),
        sa.ForeignKeyConstraint(
            ["label_id"], ["label.id"], name=op.f("fk_decision_label_id_label")
        ),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["reviewer.id"], name=op.f("fk_decision_reviewer_id_reviewer")
        ),
        sa.PrimaryKeyConstraint("box_id", "reviewer_id", name=op.f("pk_decision")),
    )
    connection.execute(sa.text(f"CREATE TEMP TABLE in_force AS {_in_force()}"))
    connection.execute(sa.text("CREATE INDEX temp.ix_in_force ON in_force (box_id)"))
    alone = sa.text(
        """
        INSERT INTO decision (box_id, reviewer_id, event_id, state, label_id, cx, cy, side, reason)
        SELECT d.box_id, d.reviewer_id, d.event_id,
            b.state, b.label_id, b.cx, b.cy, b.side, b.reason
        FROM in_force AS d JOIN box AS b ON b.id = d.box_id
        WHERE d.readers = 1 AND d.box_id BETWEEN :first AND :last
        """
    )
    for first in range(1, boxes + 1, 10 * _PART):
        # Of one reviewer the box is what that one made of it.
        connection.execute(alone, {"first": first, "last": first + 10 * _PART - 1})
        yield first
    shared = connection.execute(sa.text("SELECT box_id, event_id FROM in_force WHERE readers > 1"))
    wanted: dict[int, set[int]] = defaultdict(set)
    for box_id, event_id in shared:
        wanted[box_id].add(event_id)
    rows = [row for box_id in wanted for row in _replayed(connection, box_id, wanted[box_id])]
    if rows:
        names = ("box_id", "reviewer_id", "event_id", *_COLUMNS)
        marks = ", ".join(f":{name}" for name in names)
        connection.execute(
            sa.text(f"INSERT INTO decision ({', '.join(names)}) VALUES ({marks})"), rows
        )
    connection.execute(sa.text("DROP TABLE temp.in_force"))
    yield boxes


def _in_force() -> str:
    """The last decision in force of each reviewer on each box, and how many have one there."""
    return f"""
        SELECT box_id, reviewer_id, max(id) AS event_id,
            count(*) OVER (PARTITION BY box_id) AS readers
        FROM event
        WHERE action IN {_DECIDES} AND reviewer_id IS NOT NULL AND box_id IS NOT NULL
            AND id NOT IN ({_UNDONE})
        GROUP BY box_id, reviewer_id
    """


def _replayed(connection: sa.Connection, box_id: int, wanted: set[int]) -> Iterator[dict[str, Any]]:
    """What the box was right after each wanted event: what its reviewer had made of it."""
    box = connection.execute(
        sa.text("SELECT cx, cy, side, label_id, state, reason FROM box WHERE id = :id"),
        {"id": box_id},
    ).first()
    if box is None:
        return
    log = connection.execute(
        sa.text(
            "SELECT id, action, reviewer_id, reverts, before, after FROM event "
            "WHERE box_id = :id ORDER BY id DESC"
        ),
        {"id": box_id},
    ).all()
    dead: set[int] = set()
    for row in reversed(log):
        if row.action == "undo":
            dead.add(row.reverts)
        elif row.action == "redo":
            dead.discard(row.reverts)
    columns = dict(zip(_COLUMNS, box, strict=True))
    reasons: dict[int, str | None] = {}  # said by each reviewer after the decision
    for row in log:
        if row.id in wanted:
            reason = reasons.get(row.reviewer_id, columns["reason"])
            key = {"box_id": box_id, "reviewer_id": row.reviewer_id, "event_id": row.id}
            yield {**key, **columns, "reason": reason}
        told = json.loads(row.after) if row.after and row.action == "reason" else None
        if told and "reason" in told and row.id not in dead:
            reasons.setdefault(row.reviewer_id, told["reason"])
        earlier = (json.loads(row.before) if row.before else None) or {}
        columns.update({name: earlier[name] for name in _COLUMNS if name in earlier})
