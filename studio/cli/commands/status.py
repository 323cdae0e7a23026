"""`can-studio status`: what a project holds."""

from pathlib import Path
from typing import Any

from studio.cli.common import JSON, PROJECT
from studio.cli.output import emit_json, say, shown, table


def status(project: Path = PROJECT, as_json: bool = JSON) -> None:
    """Pictures, boxes by state and label, rows that wait, and failures by reason."""
    from studio.workflows import open_project

    with open_project(project, "read") as opened:
        found = opened.status()
    if as_json:
        emit_json(found)
        return
    say(f"{found['images']:,} pictures, {found['stacks']:,} stacks of near-duplicates")
    say(f"{found['waiting']:,} URLs wait for their picture ({found['waiting_rows']:,} rows)")
    say(f"{found['needs_box']:,} rows need a box, {found['events']:,} events")
    boxes: dict[str, Any] = found["boxes"]
    _counts("Boxes by state", boxes["by_state"])
    _counts("Boxes by label", boxes["by_label"])
    _counts("Stayed out, by reason", found["failed"])
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
        table(title, ["", "number"], [[name, f"{number:,}"] for name, number in counts.items()])
