"""Names that people give, made safe to be folders, keys and columns."""

import unicodedata

from studio.errors import StudioError

_WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"}
    | {f"com{digit}" for digit in range(1, 10)}
    | {f"lpt{digit}" for digit in range(1, 10)}
)
_MAX_CHARACTERS = 120
_MAX_BYTES = 240  # a class folder's name may have 255 on common file systems


def safe_label(name: str) -> str:
    """The label in NFC form, or StudioError saying what is wrong with it.

    A label becomes a class folder in exports, so only letters (of any script), digits, spaces and
    `. _ -` are allowed, and nothing that a file system reads in its own way.
    """
    label = unicodedata.normalize("NFC", name)
    problem = _problem(label)
    if problem:
        raise StudioError(
            f"The label {quoted(name)} {problem}: use 1 to {_MAX_CHARACTERS} letters, digits, "
            "spaces, dots, hyphens or underscores."
        )
    return label


def can_be_label(name: str) -> bool:
    """Whether `safe_label` takes a name."""
    return _problem(unicodedata.normalize("NFC", name)) is None


def suggested_label(name: str) -> str | None:
    """The nearest label to a name that cannot be one, None where nothing of it is left."""
    kept = unicodedata.normalize("NFC", name)
    kept = "".join(one if one in " ._-" or _is_letter(one) else " " for one in kept)
    label = " ".join(kept.split()).strip(" .")[:_MAX_CHARACTERS].rstrip(" .")
    return None if _problem(label) else label


def quoted(text: str, limit: int = 60) -> str:
    """Text from outside in quotes, in one line and cut to `limit` characters, for a sentence."""
    return _quoted(text if len(text) <= limit else text[:limit] + "…")


def _quoted(text: str) -> str:
    """Quoted, with control characters and separators of lines escaped as Python writes them."""
    return repr(text.encode("utf-8", "replace").decode("utf-8"))


def _problem(label: str) -> str | None:
    if not label.strip():
        return "is empty"
    if len(label) > _MAX_CHARACTERS or len(label.encode("utf-8", "replace")) > _MAX_BYTES:
        return "is too long"
    if label.startswith("."):
        return "starts with a dot"
    if label != label.strip() or label.endswith("."):
        return "starts or ends with a space, or ends with a dot"
    if not all(character in " ._-" or _is_letter(character) for character in label):
        return "has a character that a label cannot have"
    if label.split(".")[0].casefold() in _WINDOWS_DEVICES:
        return "is the name of a device on Windows"
    return None


def _is_letter(character: str) -> bool:
    # Marks belong to the letters of many scripts, and have no form of their own in NFC.
    return unicodedata.category(character)[0] in "LM" or character.isdecimal()
