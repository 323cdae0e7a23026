"""`can-studio leakage`: do test images repeat training images, and what people say of pairs."""

from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.common import FAILURES, JSON, folder_list, leave, progress
from studio.cli.output import echo, emit_json, note, shown, table
from studio.errors import UsageError

leakage = typer.Typer(
    name="leakage",
    help="Compare test images with training images, and keep verdicts on pairs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_PROJECT = typer.Option(
    None, "--project", help="Project whose verdicts count too; the folders' own one does anyway."
)
_MOST_ROWS = 50


@leakage.command("check")
def check(
    train: list[Path] = typer.Option(
        ..., "--train", help="Folder class/image; may be given several times."
    ),
    test: list[Path] = typer.Option(
        ..., "--test", help="Folder class/image; may be given several times."
    ),
    groups: list[Path] | None = typer.Option(
        None, "--groups", help="Table that says which images belong together."
    ),
    project: Path | None = _PROJECT,
    as_json: bool = JSON,
) -> None:
    """Say which test images are among the training images.

    The exit code is 1 where any is, and where images could not be read or decoded.
    """
    from studio.results.leakage import unchecked_sentence
    from studio.workflows.leakage import leakage_report

    with progress("Leakage") as tell:

        def warn(sentence: str) -> None:
            tell.close()
            note(shown(sentence, 400))

        report = leakage_report(
            folder_list(train), folder_list(test), tables=folder_list(groups), project=project,
            warn=warn, on_progress=tell,
        )  # fmt: skip
    for sentence in report.unreadable:
        note(shown(sentence, 400))
    told = report.to_dict()
    if as_json:
        emit_json(told)
    else:
        if told["pairs"]:
            pairs = told["pairs"][:_MOST_ROWS]
            table("Pairs", ["found", "test image", "training image", "agrees"], map(_row, pairs))
            if len(told["pairs"]) + told["pairs_left_out"] > _MOST_ROWS:
                echo(f"The first {_MOST_ROWS} pairs; --json has more.")
        echo(shown(report.sentence, 2000))
        if report.unchecked:
            echo(unchecked_sentence(report.unchecked, report.damaged))
    leave(0 if report.clean else FAILURES)


@leakage.command("judge")
def judge(
    first: Path = typer.Argument(..., help="An image.", show_default=False),
    second: Path = typer.Argument(..., help="Another image.", show_default=False),
    verdict: str = typer.Argument(..., help="same or different.", show_default=False),
    reviewer: str = typer.Option(..., "--reviewer", help="Who says so."),
    project: Path | None = _PROJECT,
    as_json: bool = JSON,
) -> None:
    """Keep a verdict on two images: the same picture or lesion, or not. Later checks honour it."""
    from studio.project import is_project
    from studio.workflows.leakage import judge_files

    if project is not None and not is_project(project):
        raise UsageError(f"There is no project {shown(project)}.")
    places = [] if project is None else [project]
    kept = judge_files(first, second, verdict, reviewer, places)
    told: dict[str, Any] = {
        "verdict": kept.said, "reviewer": kept.reviewer, "time": kept.time,
        "images": [kept.first, kept.second],
    }  # fmt: skip
    if as_json:
        emit_json(told)
    else:
        words = {"same": "the same picture or lesion", "different": "not the same"}[kept.said]
        echo(f"{shown(first.name)} and {shown(second.name)}: {words}, says {shown(kept.reviewer)}.")


def _row(pair: dict[str, Any]) -> tuple[str, str, str, str]:
    from studio.datasets.leakage import KIND_WORDS

    found = KIND_WORDS[str(pair["kind"])]
    about = [*pair["changes"], *([pair["why"]] if pair["why"] else [])]
    if about:
        found += f" ({', '.join(about)})"
    score = (
        "" if pair["kind"] in ("same_path", "same_bytes") else wording.number(pair["agreement"], 2)
    )
    return found, str(pair["test"]), str(pair["train"]), score
