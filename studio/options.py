"""Options that stand with their pydantic field, and what the command line and a form make of them.

A field of a model becomes an option by an `Option` in its annotation:

    class TrainOptions(BaseModel):
        gamma: Annotated[float, Option("Weight of R1.", title="Gamma", step=0.1)] = Field(ge=0)

Everything else is read off the field itself: its name, type, default, choices and range. From it

- `studio.cli.model_options` makes the options of a command,
- `studio.ui.widgets.option_control` makes the controls of a form,
- `command_words` makes the command that repeats given values,
- `studio.validation` says what a value should be.

A field without an `Option` is offered by none of them; it can still be set in a file. Titles and
help are plain English here and are translated where they are shown, in the context "Options".
"""

import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

Tier = Literal["main", "more", ""]
ValueType = type[bool] | type[int] | type[float] | type[str]


@dataclass(frozen=True)
class Option:
    """What a field cannot say of itself.

    `help` is one sentence. `title` names the field in a form. `tier` is where a form shows it: at
    once ("main"), when more is asked for ("more"), or not at all (""). `flag` is the option of the
    command line where it is not called as its field: "--p", or "--a/--no-a" for a truth value that
    can be taken back; without a command-line option it is "". `none` is how a form shows None,
    `allowed` are the possible values in words where the field's type does not give them, `values`
    are those that a form offers, with their titles. `step` and `decimals` are those of a number in
    a form. `may_change_on_resume` says whether a run that is resumed may be given another value.
    """

    help: str
    title: str = ""
    tier: Tier = ""
    flag: str | None = None
    none: str = ""
    allowed: str = ""
    values: tuple[tuple[Any, str], ...] = ()
    step: float = 1
    decimals: int = 0
    may_change_on_resume: bool = False


@dataclass(frozen=True)
class ModelOption:
    """An option together with the field that it belongs to."""

    name: str
    field: FieldInfo
    option: Option

    @property
    def flag(self) -> str:
        """Such as "--batch-gpu"; "" where the command line does not have it."""
        flag = self.option.flag
        return f"--{self.name.replace('_', '-')}" if flag is None else flag

    @property
    def default(self) -> Any:
        """What the model takes where nothing is said; None where something must be."""
        return None if self.required else self.field.default

    @property
    def may_change_on_resume(self) -> bool:
        return self.option.may_change_on_resume

    @property
    def required(self) -> bool:
        return self.field.is_required()

    @cached_property
    def choices(self) -> tuple[Any, ...]:
        """The values of a Literal; () for other types."""
        return _choices(self.field.annotation)

    @property
    def type(self) -> ValueType:
        """The type of a value that is not None."""
        return value_type(self.field)

    @property
    def may_be_none(self) -> bool:
        return types.NoneType in get_args(self.field.annotation)

    @property
    def lowest(self) -> float:
        """The smallest number that a form lets be typed: 0, or less where less is allowed."""
        limits = limits_of(self.field)
        return min(0.0, limits.get("ge", limits.get("gt", 0.0)))

    @property
    def highest(self) -> float:
        """The largest number that a form lets be typed. Raises KeyError without an upper limit."""
        limits = limits_of(self.field)
        if "le" in limits:
            return limits["le"]
        return limits["lt"] - 1 if self.type is int else limits["lt"]

    def words(self, value: Any) -> list[str]:
        """The words of a command line that set this value; [] where nothing need be said."""
        if isinstance(value, bool):
            yes, _, no = self.flag.partition("/")
            return [word for word in [yes if value else no] if word]
        if value is None:
            return []
        return [self.flag, f"{value:.10g}" if isinstance(value, float) else str(value)]


@lru_cache(maxsize=32)
def options_of(model: type[BaseModel]) -> dict[str, ModelOption]:
    """The options of a model by name of their field, in the order of the fields."""
    found = {}
    for name, field in model.model_fields.items():
        option = next((one for one in field.metadata if isinstance(one, Option)), None)
        if option is not None:
            found[name] = ModelOption(name, field, option)
    return found


def command_words(model: type[BaseModel], values: Mapping[str, Any]) -> list[str]:
    """The words of a command line that repeat `values` of a model's fields. Defaults are left out.

    Raises KeyError, with its name, for a field that differs from its default and has no option.
    """
    options, words = options_of(model), list[str]()
    for name, value in values.items():
        field = model.model_fields[name]
        if not field.is_required() and value == field.default:
            continue
        if name not in options or not options[name].flag:
            raise KeyError(name)
        words += options[name].words(value)
    return words


def value_type(field: FieldInfo) -> ValueType:
    """bool, int, float or str: the type of a field's values apart from None and of its choices."""
    choices = _choices(field.annotation)
    if choices:
        return _plain(type(choices[0]))
    found = [one for one in _alternatives(field.annotation) if one is not types.NoneType]
    return _plain(found[0])


def limits_of(field: FieldInfo) -> dict[str, float]:
    """The limits of a number by pydantic's names: ge, gt, le, lt."""
    return {
        name: value
        for limit in field.metadata
        for name in ("ge", "gt", "le", "lt")
        if (value := getattr(limit, name, None)) is not None
    }


def allowed_words(field: FieldInfo) -> str:
    """What a value of the field should be, such as "a whole number from 1 to 16"; "" where neither
    its range nor its `Option` says it."""
    option = next((one for one in field.metadata if isinstance(one, Option)), None)
    if option is not None and option.allowed:
        return option.allowed
    kind = value_type(field)
    if kind not in (int, float):
        return ""
    words, limits = ["a whole number" if kind is int else "a number"], limits_of(field)
    for name, word in (("ge", "from"), ("gt", "above"), ("le", "to"), ("lt", "below")):
        if name in limits:
            joined = "and up to" if name == "le" and "ge" not in limits else word
            joined = "and below" if name == "lt" and len(limits) > 1 else joined
            words.append(f"{joined} {limits[name]:,.10g}")
    return " ".join(words)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _choices(annotation: Any) -> tuple[Any, ...]:
    for one in _alternatives(annotation):
        if get_origin(one) is Literal:
            return get_args(one)
    return ()


def _plain(found: Any) -> ValueType:
    return found if found in (bool, int, float) else str
