"""`can-studio status`: what a project holds."""

from collections import Counter
from pathlib import Path
from typing import Any

from studio import wording
from studio.cli.common import JSON, PROJECT, open_project
from studio.cli.output import echo, emit_json, shown, table
from studio.wording import counted


def status(project: Path = PROJECT, as_json: bool = JSON) -> None:
    """Pictures, boxes by state and label, rows that wait, failures, and missing originals."""
    with open_project(project, "read") as opened:
        missing = opened.images.missing_originals()
        found = {**opened.status(), "originals": missing.to_dict()}
    if as_json:
        emit_json(found)
        return
    stacks = counted(found["stacks"], "stack")
    waiting = counted(found["waiting"], "URL waits for its", "URLs wait for their")
    needs_box = counted(found["needs_box"], "row needs", "rows need")
    echo(f"{counted(found['images'], 'picture')}, {stacks} of near-duplicates")
    echo(f"{waiting} picture ({counted(found['waiting_rows'], 'row')})")
    echo(f"{needs_box} a box, {counted(found['events'], 'event')}")
    if missing.count:
        echo(shown(missing.sentence, 600))
        names = ", ".join(shown(name, 60) for name in missing.first)
        echo(f"Missing: {names}{', …' if missing.count > len(missing.first) else ''}")
    boxes: dict[str, Any] = found["boxes"]
    _counts("Boxes by state", boxes["by_state"])
    _counts("Boxes by label", boxes["by_label"])
    failed: Counter[str] = Counter()  # codes without words of their own come to one line
    for code, number in found["failed"].items():
        failed[wording.reason_word(code)] += number
    _counts("Stayed out, by reason", failed)
    if found["lists"]:
        table(
            "Lists",
            ["list", "rows", "URLs", "need a box", "under several labels"],
            [
                [shown(one["name"]), one["rows"], one["urls"], one["needs_box"], one["conflicts"]]
                for one in found["lists"]
            ],
        )


def _counts(title: str, counts: dict[str, int]) -> None:
    if counts:
        table(
            title,
            ["", "number"],
            [[name, wording.count(number)] for name, number in counts.items()],
        )
