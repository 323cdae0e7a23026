"""`can-studio gan train` and `gan resume`: StyleGAN2-ADA, with the official tool's options."""

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from studio import wording
from studio.cli.common import CANNOT, FAILURES, INTERRUPTED, JSON, leave, progress
from studio.cli.model_options import options_from
from studio.cli.output import ProgressReporter, echo, emit_json, note, shown
from studio.cli.run_record import RunRecord
from studio.wording import counted

if TYPE_CHECKING:
    from studio.jobs.event_models import JobEvent

Data = Annotated[
    str,
    typer.Option("--data", help="Folder, class folders, official zip, project, PROJECT:SNAPSHOT."),
]
Out = Annotated[
    Path,
    typer.Option("--out", help="Folder of the run: new, or empty, and apart from the pictures."),
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]


@options_from("studio.generate.training.options:TrainOptions")
def train(
    data: Data,
    out: Out,
    settings: dict[str, Any],
    device: Device = "auto",
    name: str = typer.Option("", "--name", help="What lists and legends call the run."),
    as_json: bool = JSON,
) -> None:
    """Train a network. Ctrl+C stops it where `gan resume` goes on exactly (exit code 130). Exit
    code 1: trained, without the files that are listed.

    Several GPUs: torchrun --nproc-per-node 2 --no-python can-studio gan train …
    """
    from studio.compute.device import pick_device
    from studio.workflows.generate import training as work

    options = work.make_options(**settings)
    was_there = out.exists()
    if work.leads():
        pick_device(device)
        options.at_once(work.processes())
        work.create_training(out, data, options, title=name.strip(), device=device)
    record, outcome = _run(out)
    if work.leads() and outcome == "failed" and record.document["plan"] is None:
        _remove(out, was_there)  # so that the command, put right, is not refused
    _print_report(out, record, outcome, as_json)


def resume(
    run: Path = typer.Argument(..., help="Folder of the run.", show_default=False),
    kimg: float | None = typer.Option(None, "--kimg", help="A new total to train to."),
    as_json: bool = JSON,
) -> None:
    """Go on with a run as if it had never been stopped or killed; with --kimg to a new total."""
    from studio.workflows.generate import training as work

    if work.leads():
        if kimg is None:
            work.require_unfinished(run)
        else:
            work.extend_training(run, kimg)
    _print_report(run, *_run(run), as_json)


def _run(run_dir: Path) -> "tuple[_NetworkRunRecord, str]":
    """Train in this process and tell on stderr how it goes."""
    from studio.workflows.generate.training import train_here

    with progress("Training") as tell:
        record = _NetworkRunRecord(tell)
        return record, train_here(run_dir, record.handle_event)


def _remove(run_dir: Path, was_there: bool) -> None:
    """Take away a run that came to nothing: the folder was empty or absent before it."""
    shutil.rmtree(run_dir, ignore_errors=True)
    if was_there:
        run_dir.mkdir(exist_ok=True)
    note(f"Nothing was trained, and nothing is left in {shown(run_dir)}.")


def _print_report(run_dir: Path, record: "_NetworkRunRecord", outcome: str, as_json: bool) -> None:
    """How it ended, and the exit code; where torchrun has begun several, the first tells."""
    from studio.workflows.generate.training import leads, processes

    if leads() and as_json:
        emit_json({"run": str(run_dir), "state": outcome, **record.document})
    elif leads():
        echo(f"The run {shown(run_dir)} has {outcome}.{_END[outcome].format(shown(run_dir))}")
    left_out = (record.document["plan"] or {}).get("left_out")
    finished = FAILURES if left_out else 0
    code = {"finished": finished, "stopped": INTERRUPTED, "failed": CANNOT}[outcome]
    if processes() > 1:
        _end_at_once(code)
    leave(code)


_END = {
    "finished": " Synthetic pictures; research use.",
    "stopped": " It goes on with: can-studio gan resume {0}",
    "failed": "",
}


def _end_at_once(code: int) -> None:
    """End without the interpreter's farewell, in which torch's threads for collectives now and
    then abort a process that has done all its work."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class _NetworkRunRecord(RunRecord):
    """What a training of a network says."""

    def __init__(self, tell: ProgressReporter) -> None:
        super().__init__(tell, plan=None, step=None, snapshots=[])

    def handle_kind_event(self, event: "JobEvent") -> None:
        from studio.jobs.event_models import NetworkPlanEvent, NetworkStepEvent, SnapshotEvent

        if isinstance(event, NetworkPlanEvent):
            self.document["plan"] = event.fields
            self.note(_plan(event.fields))
        elif isinstance(event, NetworkStepEvent):
            self.document["step"] = event.fields
        elif isinstance(event, SnapshotEvent):
            self.document["snapshots"].append(event.fields)
            self.note(_snapshot(event.fields, self.document["step"] or {}))


def _plan(plan: dict[str, Any]) -> str:
    millions = {part: wording.number(n / 1e6, 2) for part, n in plan["parameters"].items()}
    return (
        f"{counted(plan['pictures'], 'picture')} to learn from, "
        f"{wording.count(plan['held_out'])} held out; "
        f"{plan['resolution']} px, G {millions['G']} M and D {millions['D']} M numbers, "
        f"on {plan['device']}"
    )


def _snapshot(snapshot: dict[str, Any], step: dict[str, Any]) -> str:
    text = f"{wording.significant(snapshot['kimg'], 6)} kimg: {snapshot['network']}"
    if step.get("sec_per_kimg"):
        text += f", {wording.significant(step['sec_per_kimg'])} s/kimg"
    figures = snapshot["metrics"] or {}
    if figures.get("kid") is not None:
        kid, low, high = (figures[key] for key in ("kid", "kid_low", "kid_high"))
        text += f", KID {wording.interval(kid, low, high, 4)}"
        text += " (the best so far)" if snapshot["best"] else ""
    return text
