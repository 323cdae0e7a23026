"""The catalogue of public data sets: what each is, and how its download lies on the disk.

All of it stands in `resources/public_sets.toml`; a new set is an entry there.
"""

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from studio.errors import UsageError
from studio.resources import resource

FIELDS = (
    "patient_id", "lesion_id", "skin_tone", "sex", "age", "site", "modality", "framing",
    "verification", "licence",
)  # fmt: skip
"""What a table may say of an image beside its file and its label."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableLayout(_Strict):
    """A set whose labels stand in a table: the first of `files` that is there.

    `columns` give for each field the name as published, then those of copies. `joined` are tables
    of the same images with more columns. With `one_hot` each other column is a class, 1 in the
    row's own, but for `one_hot_without`. `left_out` has by column the values whose rows are not
    taken, `other_files` columns of further images with their modality, which are not taken either;
    `indexes` are tables of row numbers, `kept` further columns that are known. The published table
    has `rows` rows, and each of them has a cell for the fields `whole`.
    """

    files: tuple[str, ...]
    columns: dict[str, tuple[str, ...]]
    joined: tuple[str, ...] = ()
    one_hot: bool = False
    one_hot_without: tuple[str, ...] = ()
    left_out: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    other_files: dict[str, str] = Field(default_factory=dict)
    indexes: tuple[str, ...] = ()
    kept: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rows: int | None = None
    whole: tuple[str, ...] = ()


class FolderLayout(_Strict):
    """A set whose labels are its folders; files of the patterns `leave_out` are not its images."""

    leave_out: tuple[str, ...] = ()


class PublicSet(_Strict):
    """One entry. `labels` are the classes by label as published, and those of `own_classes` make
    classes of their own names; where it is `closed` there are no others, else any other label makes
    a class of its own name too. `values` translate cells by field."""

    name: str
    title: str
    source: str
    licence: str
    citation: str
    needs: str
    validates: bool
    why_not: str = ""
    images: int | None = None
    overlaps: tuple[str, ...] = ()
    modality: str = ""
    framing: str = ""
    verification: str = ""
    closed: bool = False
    table: TableLayout | None = None
    folders: FolderLayout | None = None
    labels: dict[str, str] = Field(default_factory=dict)
    own_classes: tuple[str, ...] = ()
    values: dict[str, dict[str, str]] = Field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """What a person wants to know of it, as JSON."""
        return {
            "name": self.name,
            "title": self.title,
            "source": self.source,
            "licence": self.licence,
            "citation": self.citation,
            "needs": self.needs,
            "images": self.images,
            "validates": self.validates,
            "why_not": self.why_not or None,
            "overlaps": list(self.overlaps),
        }


@lru_cache(maxsize=1)
def catalogue() -> dict[str, PublicSet]:
    """All sets by name, in the order of the file."""
    told = tomllib.loads(resource("public_sets.toml").read_text("utf-8"))
    return {name: PublicSet.model_validate({"name": name, **one}) for name, one in told.items()}


def public_set(name: str) -> PublicSet:
    """The set of a name, capitals and spaces aside. Raises UsageError for one that is not known."""
    wanted = name.strip().casefold().replace("_", "-").replace(" ", "-")
    found = catalogue().get(wanted)
    if found is None:
        raise UsageError(f"No data set is called {name}: there are {', '.join(catalogue())}.")
    return found


def lies_in(known: PublicSet, data: Path) -> Path | None:
    """The folder of a set in `data`, called by its name or title; None where it is not there."""
    wanted = {_plain(known.name), _plain(known.title)}
    try:
        folders = sorted(one for one in data.iterdir() if one.is_dir())
    except OSError:
        return None
    return next((one for one in folders if _plain(one.name) in wanted), None)


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())
