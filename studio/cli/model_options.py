"""A command whose options are the fields of a pydantic model, as `studio.options` describes them.

    @options_from("studio.generate.training.options:TrainOptions")
    def train(data: Data, *, settings: dict[str, Any], as_json: bool = JSON) -> None: ...

    app.command("train", cls=ModelCommand)(train)

In place of `settings` the command takes an option for every field of the model that has one, and
the function is given a dictionary of their values. The model is imported when the command is used
or asked for help, and not before: pydantic and the models take longer than all other commands.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cached_property, update_wrapper
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.main
from typer.core import TyperCommand

if TYPE_CHECKING:
    from studio.options import ModelOption

SETTINGS = "settings"
Command = Callable[..., None]


def options_from(model: str, leave_out: Sequence[str] = ()) -> Callable[[Command], Command]:
    """Let the parameter `settings` of a command be the options of a model, "module:Class".

    `leave_out` names options of the model that the command does not have or declares itself.
    """

    def decorate(function: Command) -> Command:
        def stub(**given: Any) -> None:
            function(**given)

        update_wrapper(stub, function)
        own = inspect.signature(function, eval_str=True).parameters
        rest = [one for name, one in own.items() if name != SETTINGS]
        _sign(stub, rest)
        stub.complete = lambda: _complete(function, model, leave_out)  # type: ignore[attr-defined]
        return stub

    return decorate


class ModelCommand(TyperCommand):
    """A command made by `options_from`. It becomes whole when it is used."""

    @cached_property
    def whole(self) -> Any:
        """The command with all its options."""
        application = typer.Typer(
            add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
        )
        application.command(self.name)(self.callback.complete())  # type: ignore[union-attr]
        return typer.main.get_command(application)

    def make_context(self, *arguments: Any, **keywords: Any) -> Any:
        return self.whole.make_context(*arguments, **keywords)

    def invoke(self, context: Any) -> Any:
        return self.whole.invoke(context)


def _complete(function: Command, model: str, leave_out: Sequence[str]) -> Command:
    """The function as one that takes every option of the model by name."""
    from studio.options import options_of

    module, _, name = model.partition(":")
    options = {
        name: option
        for name, option in options_of(getattr(import_module(module), name)).items()
        if option.flag and name not in leave_out
    }

    def command(**given: Any) -> None:
        settings = {name: _plain(given.pop(name)) for name in options}
        function(**given, settings=settings)

    update_wrapper(command, function)
    _sign(command, list(_parameters(function, options)))
    return command


def _parameters(
    function: Command, options: "dict[str, ModelOption]"
) -> Iterator[inspect.Parameter]:
    for own in inspect.signature(function, eval_str=True).parameters.values():
        if own.name != SETTINGS:
            yield own
            continue
        for name, option in options.items():
            yield inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=inspect.Parameter.empty if option.required else option.default,
                annotation=Annotated[
                    _typer_type(option), typer.Option(option.flag, help=option.option.help)
                ],
            )


def _typer_type(option: "ModelOption") -> Any:
    """The type by which typer reads the values of an option."""
    if option.choices:
        choices: Any = StrEnum  # to mypy an enumeration is known before the program runs
        found: Any = choices(option.name, {str(one): str(one) for one in option.choices})
    else:
        found = option.type
    return found | None if option.may_be_none else found


def _sign(function: Command, parameters: list[inspect.Parameter]) -> None:
    """Give a function the signature that typer is to see: all of it by name."""
    named = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in parameters]
    function.__signature__ = inspect.Signature(named)  # type: ignore[attr-defined]
    function.__annotations__ = {}


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, StrEnum) else value
