"""What is known of the images beside their pixels: patient, lesion, skin tone, diagnosis proof ...

Set from tables; each change of an image is an event, with the values before and after.
"""

from collections.abc import Iterable, Mapping
from math import isfinite, nan
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from studio.dialects import parse_number
from studio.errors import StudioError
from studio.project import schema
from studio.project.access import ProjectAccess
from studio.project.boxes import chunks
from studio.project.events import reviewer_id
from studio.project.names import quoted
from studio.project.records import Action, now, plain

FIELDS = (
    "patient",
    "lesion",
    "skin_tone",
    "sex",
    "age",
    "site",
    "modality",
    "framing",
    "verification",
    "licence",
)
"""The columns of an image that hold metadata; any other column of a table goes to `extra`."""

MOST_CHARACTERS = 1_000
OLDEST = 130.0
SKIN_TONES = ("I", "II", "III", "IV", "V", "VI")
"""Fitzpatrick's types, from the lightest; the one form in which they are kept."""
_TONE_GROUPS = {
    **dict.fromkeys(("12", "1-2", "I-II"), "I-II"),  # DDI writes its three groups 12, 34 and 56
    **dict.fromkeys(("34", "3-4", "III-IV"), "III-IV"),
    **dict.fromkeys(("56", "5-6", "V-VI"), "V-VI"),
}
_SEXES = {
    **dict.fromkeys(("female", "f", "w", "woman", "weiblich"), "female"),
    **dict.fromkeys(("male", "m", "man", "männlich"), "male"),
    **dict.fromkeys(("other", "o", "d", "x", "diverse", "divers", "intersex"), "other"),
}
_UNKNOWN = frozenset({"unknown", "unbekannt", "na", "n/a", "not known", "not reported", "?"})
_TYPED = frozenset({"skin_tone", "sex", "age"})

_image = schema.image


def parse_value(field: str, text: str, delimiter: str = ",") -> str | float | None:
    """A cell as the column of `field` holds it, None where it says that this is unknown.

    An age is years from 0 to 130, with a point or a comma (of a table whose cells `delimiter`
    separates); a skin tone is one of SKIN_TONES, written so or as 1 to 6, or a
    group of two ("I-II", also 12); a sex is female, male or
    other. All other fields are free texts. Raises StudioError, with a sentence about the cell, for
    what cannot be one.
    """
    value = plain(text).strip()
    if field in _TYPED and value.casefold() in _UNKNOWN:
        return None
    if field == "age":
        age = _number(value, delimiter)
        if not 0 <= age <= OLDEST:
            raise StudioError(f"The age {quoted(value)} is not a number of years from 0 to 130.")
        return age
    if field == "skin_tone":
        return _skin_tone(value, delimiter)
    if field == "sex":
        if value.casefold() not in _SEXES:
            raise StudioError(f"The sex {quoted(value)} is not one of female, male, other.")
        return _SEXES[value.casefold()]
    if len(value) > MOST_CHARACTERS:
        raise StudioError(f"The {field} has {len(value):,} characters: use {MOST_CHARACTERS:,}.")
    return value


def _skin_tone(value: str, delimiter: str) -> str | None:
    if value.upper() in SKIN_TONES:
        return value.upper()
    group = value.upper().removesuffix(".0").replace("–", "-")
    if group in _TONE_GROUPS:
        return _TONE_GROUPS[group]
    number = _number(value, delimiter)
    if number == -1:  # as Fitzpatrick 17k says that it is unknown
        return None
    if number not in range(1, 7):
        raise StudioError(
            f"The skin tone {quoted(value)} is not a Fitzpatrick type, I to VI or 1 to 6, or a "
            "group of two, such as I-II. Another scale, such as Monk's, goes in a column of its "
            "own name."
        )
    return SKIN_TONES[int(number) - 1]


def _number(text: str, delimiter: str) -> float:
    """A number that is finite, else NaN, which lies in no range."""
    try:
        number = parse_number(text, delimiter)
    except ValueError:
        return nan
    return number if isfinite(number) else nan


def set_metadata(
    project: ProjectAccess,
    values: Mapping[int, Mapping[str, str | float]],
    reviewer: str | None = None,
    on_screen: Mapping[str, Any] | None = None,
) -> int:
    """Set what is said of images, by image id and field, in one transaction.

    A field that is in FIELDS sets that column, another one an entry of `extra`; what is not named
    stays. Returns how many images changed, each with one event. Raises StudioError for a project
    that is not open for editing.
    """
    project.require_edit()
    columns = [_image.c[name] for name in ("id", *FIELDS, "extra")]
    changed = 0
    with project.begin() as connection:
        common = {
            "time": now(),
            "reviewer_id": reviewer_id(connection, reviewer),
            "action": Action.METADATA.value,
            "on_screen": dict(on_screen) if on_screen else None,
        }
        for part in chunks(values):
            found = connection.execute(select(*columns).where(_image.c.id.in_(part))).mappings()
            for row in map(dict[str, Any], found.all()):
                before, after = _difference(row, values[row["id"]])
                if not after:
                    continue
                _apply(connection, row, after)
                event = {**common, "image_id": row["id"], "before": before, "after": after}
                connection.execute(insert(schema.event), event)
                changed += 1
    return changed


def metadata_counts(connection: Connection) -> dict[str, int]:
    """How many images have each kind of metadata, those of none left out; `extra` counts images
    of which other columns said something."""
    columns = [func.count(_image.c[name]).label(name) for name in FIELDS]
    other = func.count(_image.c.extra).label("extra")
    row = connection.execute(select(*columns, other)).mappings().one()
    return {name: count for name, count in row.items() if count}


def _difference(
    row: Mapping[str, Any], wanted: Mapping[str, str | float]
) -> tuple[dict[str, Any], dict[str, Any]]:
    extra = row["extra"] or {}
    old = {name: row[name] if name in FIELDS else extra.get(name) for name in wanted}
    after = {name: value for name, value in wanted.items() if value != old[name]}
    return {name: old[name] for name in after}, after


def _apply(connection: Connection, row: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    columns = {name: value for name, value in after.items() if name in FIELDS}
    other = {name: value for name, value in after.items() if name not in FIELDS}
    if other:
        columns["extra"] = {**(row["extra"] or {}), **other}
    connection.execute(update(_image).where(_image.c.id == row["id"]).values(**columns))


def described(image: Any, fields: Iterable[str] = FIELDS) -> dict[str, Any]:
    """The metadata of an image that is known, for a manifest."""
    known = {name: getattr(image, name) for name in fields}
    found = {name: value for name, value in known.items() if value is not None}
    return {**found, **({"extra": image.extra} if image.extra else {})}
