"""What is wrong with an option of a training, in words for whoever gave it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FLAGS = {"aug_p": "p"}  # where the command's name is not that of the field
_FORMS = {"metrics": "lite0, inception:FILE, dino:FILE or none"}
_NUMBERS = ("greater_than", "less_than", "int_", "float_", "finite_")


def sentence_of(error: Mapping[str, Any]) -> str:
    """One sentence for one of pydantic's errors about TrainOptions, with the option as the command
    spells it and what it may be."""
    if not error["loc"]:
        message = str(error["msg"]).removeprefix("Value error, ")
        return f"These options do not go together: {message}."
    field, kind = str(error["loc"][0]), str(error["type"])
    option = f"--{_FLAGS.get(field, field).replace('_', '-')}"
    if kind == "missing":
        return f"{option} is needed."
    if kind == "extra_forbidden":
        return f"There is no option {option}."
    allowed = _FORMS.get(field) or _allowed(field, kind, error)
    return f"{option} is {allowed}, not {error['input']}."


def _allowed(field: str, kind: str, error: Mapping[str, Any]) -> str:
    if kind == "literal_error":
        return str(error["ctx"]["expected"]).replace("'", "")
    if kind.startswith(_NUMBERS):
        return _range(field)
    return str(error["msg"]).removeprefix("Input should be ")


def _range(field: str) -> str:
    """Such as "a whole number from 1 to 16", of the field's type and limits."""
    from studio.generate.training.options import TrainOptions

    info = TrainOptions.model_fields[field]
    limits = {
        name: value
        for limit in info.metadata
        for name in ("ge", "gt", "le", "lt")
        if (value := getattr(limit, name, None)) is not None
    }
    words = ["a whole number" if info.annotation in (int, int | None) else "a number"]
    for name, word in (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below")):
        if name in limits:
            joined = "and up to" if name == "le" and "ge" not in limits else word
            joined = "and below" if name == "lt" else joined
            words.append(f"{joined} {limits[name]:,.10g}")
    return " ".join(words)
