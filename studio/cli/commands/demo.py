"""`can-studio demo`: the sample project in the window, or the whole pipeline without one."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studio import wording
from studio.cli.common import JSON, leave, open_window, progress, take_screenshots
from studio.cli.figures import interval
from studio.cli.output import echo, emit_json, note, shown, table
from studio.wording import counted

if TYPE_CHECKING:
    from studio.workflows import DemoReport


HEADLESS_DIR = Path("can-studio-demo")


def demo(
    headless: bool = typer.Option(
        False, "--headless", help="No window: run everything, then say what came of it."
    ),
    folder: Path | None = typer.Option(
        None, "--dir", help=f"Where to; {HEADLESS_DIR} here without a window."
    ),
    photographs: int = typer.Option(60, "--photographs", min=6, help="How many are rendered."),
    screenshots: bool = typer.Option(True, help="Pictures of the window, with --headless."),
    as_json: bool = JSON,
) -> None:
    """Try the studio on synthetic photographs that it renders itself."""
    if headless:
        _headless(folder or HEADLESS_DIR, photographs, screenshots, as_json)
    else:
        leave(_window(folder, photographs))


def _window(folder: Path | None, photographs: int) -> int:
    from studio.project import is_project
    from studio.workflows import make_sample_project

    if folder is None:
        return open_window(demo=True)
    project = folder / "project"
    if not is_project(project):
        with progress("Sample project:") as tell:
            make_sample_project(project, photographs, on_progress=tell)
    return open_window(project)


def _headless(folder: Path, photographs: int, screenshots: bool, as_json: bool) -> None:
    from studio.workflows import run_demo

    with progress("Demo:") as tell:
        report = run_demo(folder, photographs, tell)
        taken = (
            take_screenshots(report.project, report.run, folder / "screenshots", note)
            if screenshots
            else []
        )
    if as_json:
        emit_json({**report.to_dict(), "screenshots": [str(path) for path in taken]})
        return
    _print_report(report)
    if taken:
        echo(f"{len(taken)} screenshots in {shown(folder / 'screenshots')}")
    echo(f"Open it: {_program()} demo --dir {shown(folder)}")


def _program() -> str:
    """How this command is called here: by its path where it lies in an environment of its own."""
    beside = Path(sys.executable).with_name("can-studio")
    if shutil.which("can-studio") is not None or not beside.is_file():
        return "can-studio"
    here = Path.cwd()
    return str(beside.relative_to(here) if beside.is_relative_to(here) else beside)


def _print_report(report: "DemoReport") -> None:
    rows: list[tuple[str, Any]] = [
        ("photographs (synthetic sample)", report.photographs),
        *((f"boxes {state}", count) for state, count in report.boxes.items() if count),
        *((f"crops of {name}", count) for name, count in report.crops.items()),
        ("weights", report.weights),
        ("AUC, frozen backbone", _auc(report.frozen_auc)),
        ("AUC, validation", _auc(report.validation_auc)),
        (f"AUC, {report.test['n']} other synthetic crops", interval(report.test)),
        (f"AUC, {report.generated['n']} generated pictures", interval(report.generated)),
        (
            "morph: longest step over mean step (lite0)",
            _ratio(report.generated["morph"]["step_ratio"]),
        ),
        *((f"seconds, {stage}", spent) for stage, spent in report.seconds.items()),
    ]
    table("CAN Studio demonstration", ["", "figure"], rows)
    table(
        "Proposals that meet a lesion (IoU 0.5)",
        ["", "lesions", "within 3", "within 10"],
        [
            (
                name,
                int(one["lesions"]),
                wording.number(one["within 3"], 2),
                wording.number(one["within 10"], 2),
            )
            for name, one in report.recall.items()
        ],
    )
    echo(report.notice)


def _ratio(value: float | None) -> str:
    return "none" if value is None else wording.number(value, 2)


def _auc(value: float | None) -> str:
    return "none" if value is None else wording.number(value)


def sample_crops(
    out: Path = typer.Argument(..., help="Folder to write, new or empty.", show_default=False),
    per_class: int = typer.Option(200, "--per-class", min=1, max=1_000_000),
    size: int = typer.Option(128, "--size", min=16, max=2048, help="Side in px."),
    seed: int = typer.Option(0, "--seed", min=0, help="Another one gives other crops."),
) -> None:
    """Render crops of the sample project: nevi and melanomas in class folders."""
    from studio.sample import write_training_set

    with progress("Rendering") as tell:
        files = write_training_set(out, per_class, seed, size, tell)
    echo(f"{counted(len(files), 'synthetic crop')} in class folders in {shown(out)}.")
