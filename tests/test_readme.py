"""The README and the pages of docs name the commands and formats that there are."""

import re
from pathlib import Path
from typing import get_args

import typer.main

from studio.cli.app import app
from studio.datasets import export_names
from studio.datasets.formats import ListKind

ROOT = Path(__file__).parents[1]
NO_DATA_SET = {"urls", "datumaro"}  # told apart, and refused with a sentence


def commands() -> set[str]:
    """The commands of `can-studio`, those of a group with its name."""
    found = set()
    for name, command in typer.main.get_command(app).commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        found |= {f"{name} {one}" for one in inner or ()}
        if inner is None or command.invoke_without_command:
            found.add(name)
    return found


def test_the_table_of_commands_has_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    table = text.partition("## The commands")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`.+?) \|", table, re.MULTILINE)
    assert set(re.findall(r"`([^`]+)`", " ".join(first_cells))) == commands()


def test_every_command_that_is_shown_exists() -> None:
    for page in ("README.md", "docs/importing.md", "docs/public-sets.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        shown = re.findall(r"^can-studio ([a-z][a-z-]*)( [a-z-]+)?", text, re.MULTILINE)
        assert shown
        known = commands() | {"moles"}  # a project, on which the window opens
        assert [one for one in shown if not {one[0], "".join(one)} & known] == []


def test_formats_are_named_as_they_are_registered() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8")
    row = re.search(r"^\| `export` \| write .*$", table, re.MULTILINE)
    assert row is not None
    assert set(re.findall(r"`(\w+)`", row[0])) - {"export"} == set(export_names())
    layouts = (ROOT / "docs" / "importing.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\| `(\w+)` \|$", layouts, re.MULTILINE))
    assert named == set(get_args(ListKind)) - NO_DATA_SET
