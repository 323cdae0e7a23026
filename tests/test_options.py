"""Options that stand with their field: what is read off it, on the command line too."""

from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import BaseModel, Field
from typer.testing import CliRunner

from studio.cli.model_options import ModelCommand, options_from
from studio.options import Option, allowed_words, command_words, options_of


class Settings(BaseModel):
    rate: Annotated[float, Option("Rate.", tier="main")] = Field(gt=0, le=1)
    depth: Annotated[int, Option("Depth.", flag="--deep")] = Field(2, ge=-1, lt=10)
    most: Annotated[int | None, Option("Most.", none="all")] = Field(None, ge=1, le=7)
    way: Annotated[Literal["up", "down"], Option("Way.")] = "up"
    fast: Annotated[bool, Option("Fast.", flag="--fast/--no-fast")] = True
    file: Annotated[Path | None, Option("File.", flag="")] = None
    hidden: int = 5


def test_what_is_read_off_a_field() -> None:
    options = options_of(Settings)
    assert list(options) == ["rate", "depth", "most", "way", "fast", "file"]
    flags = [one.flag for one in options.values()]
    assert flags == ["--rate", "--deep", "--most", "--way", "--fast/--no-fast", ""]
    assert [one.type for one in options.values()] == [float, int, int, str, bool, str]
    assert [one.required for one in options.values()] == [True, *[False] * 5]
    assert (options["rate"].default, options["depth"].default) == (None, 2)
    assert [name for name, one in options.items() if one.may_be_none] == ["most", "file"]
    assert options["way"].choices == ("up", "down")
    ranges = [(options[name].lowest, options[name].highest) for name in ("rate", "depth", "most")]
    assert ranges == [(0, 1), (-1, 9), (0, 7)]
    words = [allowed_words(one.field) for one in options.values()]
    assert words[:2] == ["a number above 0 and up to 1", "a whole number from -1 and below 10"]
    assert words[2:] == ["a whole number from 1 to 7", "", "", ""]


def test_the_command_that_repeats_values() -> None:
    values = {"rate": 0.25, "depth": 3, "most": None, "way": "down", "fast": False, "hidden": 5}
    words = ["--rate", "0.25", "--deep", "3", "--way", "down", "--no-fast"]
    assert command_words(Settings, values) == words
    for name, value in (("hidden", 6), ("file", Path("a"))):
        with pytest.raises(KeyError, match=name):
            command_words(Settings, {name: value})


def test_a_command_has_the_options_of_a_model() -> None:
    heard: list[dict[str, Any]] = []

    @options_from(f"{__name__}:Settings", leave_out=["most"])
    def walk(
        first: str = typer.Argument(...),
        settings: dict[str, Any] = {},  # noqa: B006  # the decorator fills it
        loud: Annotated[bool, typer.Option("--loud")] = False,
    ) -> None:
        """Walk."""
        heard.append({"first": first, "loud": loud, **settings})

    application = typer.Typer()
    application.command(cls=ModelCommand)(walk)
    run = CliRunner()
    said = run.invoke(application, ["a", "--rate", "0.25", "--way", "down", "--no-fast", "--loud"])
    assert said.exit_code == 0, said.output
    expected = {"rate": 0.25, "depth": 2, "way": "down", "fast": False}
    assert heard == [{"first": "a", "loud": True, **expected}]
    assert type(heard[0]["way"]) is str
    assert command_words(Settings, {"rate": 0.25, "way": "down", "fast": False}) == [
        *("--rate", "0.25", "--way", "down", "--no-fast"),
    ]
    text = run.invoke(application, ["--help"]).output
    assert "Walk." in text
    assert all(word in text for word in ("--rate", "--deep", "Depth.", "--no-fast", "--loud"))
    assert not any(word in text for word in ("--settings", "--hidden", "--file", "--most"))
    assert run.invoke(application, ["a"]).exit_code == 2  # --rate is needed
    assert run.invoke(application, ["a", "--rate", "1", "--way", "left"]).exit_code == 2
