"""What pydantic finds wrong, as a sentence: the one place where its errors become words."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from studio.opening import (
    MAX_BYTES,
    FileProblem,
    FileRefused,
    parse_json,
    read_bytes,
    shown_path,
    shown_text,
)
from studio.options import allowed_words, options_of

Model = TypeVar("Model", bound=BaseModel)
Name = Callable[[tuple[int | str, ...]], str]
_OF_A_NUMBER = ("greater_than", "less_than", "int_", "float_", "finite_")
_LONGEST_INPUT = 60


def quoted_path(place: tuple[int | str, ...]) -> str:
    """Where in a file something is wrong, such as “stages.0.name”."""
    return f"“{'.'.join(str(part) for part in place)}”"


def flag_of(model: type[BaseModel]) -> Name:
    """Names a field of `model` as the command line does, such as --batch-gpu."""

    def name(place: tuple[int | str, ...]) -> str:
        found = options_of(model).get(str(place[0]))
        return found.flag if found is not None else f"--{str(place[0]).replace('_', '-')}"

    return name


def title_of(model: type[BaseModel]) -> Name:
    """Names a field of `model` as a form does, such as “Batch at once”; one that no form shows has
    its own name."""

    def name(place: tuple[int | str, ...]) -> str:
        found = options_of(model).get(str(place[0]))
        title = found.option.title if found is not None else ""
        return f"“{title}”" if title else quoted_path(place)

    return name


def first_fault(
    error: ValidationError, name: Name = quoted_path, model: type[BaseModel] | None = None
) -> str:
    """The first thing that is wrong, as `fault` says it."""
    return fault(error.errors(include_url=False)[0], name, model)


def fault(
    details: Mapping[str, Any], name: Name = quoted_path, model: type[BaseModel] | None = None
) -> str:
    """One error of `ValidationError.errors()` as the end of a sentence, without its full stop:
    what is wrong, what it should be, and what it is.

    `name` says what the value at a place is called; where it gives "", a message of our own stands
    alone. With `model`, whose field it is, ranges and choices are told as a whole.
    """
    place, kind = details["loc"], str(details["type"])
    message = str(details["msg"]).removeprefix("Value error, ").rstrip(".")
    what = name(place) if place else ""
    if kind == "missing":
        return shown_text(f"{what} is needed")
    if kind == "extra_forbidden":
        return shown_text(f"{what} is not known")
    if kind in ("value_error", "assertion_error"):
        return shown_text(f"{what}: {message}" if what else message)
    wanted = message.removeprefix("Input should be ")
    if wanted == message:  # such as “List should have at least 1 item”
        wanted = ""
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        wanted = "a table of names and values"
    elif kind == "literal_error":
        wanted = str(details["ctx"]["expected"]).replace("'", "")
    field = model.model_fields.get(str(place[0])) if model is not None and place else None
    if field is not None and (kind == "string_pattern_mismatch" or kind.startswith(_OF_A_NUMBER)):
        wanted = allowed_words(field) or wanted
    if not wanted:
        return shown_text(f"{what or 'this'}: {message[:1].lower()}{message[1:]}")
    return shown_text(f"{what or 'this'} should be {wanted}{_but_is(details.get('input'))}")


def sentence(words: str) -> str:
    """The words with a capital at their beginning and a full stop at their end."""
    return f"{words[:1].upper()}{words[1:]}."


def read_model(path: Path, model: type[Model], what: str, max_bytes: int = MAX_BYTES) -> Model:
    """A pydantic model from a JSON file.

    `what` names it with its article for the sentence: "a job file". Raises FileRefused with the
    first field that is wrong.
    """
    content = read_bytes(path, max_bytes)
    try:
        return model.model_validate(parse_json(content))
    except ValidationError as error:
        sentence = f"{shown_path(path)} is not {what}: {first_fault(error)}."
        raise FileRefused(FileProblem.WRONG, sentence) from error
    except ValueError as error:
        sentence = f"{shown_path(path)} is not {what}: {error}."
        raise FileRefused(FileProblem.WRONG, sentence) from error


def _but_is(value: Any) -> str:
    """Such as ", not 48"; "" for what is too large to be shown in a sentence."""
    if isinstance(value, str):
        return f", not {shown_text(value, _LONGEST_INPUT) or '“”'}"
    return f", not {value}" if value is None or isinstance(value, int | float) else ""
