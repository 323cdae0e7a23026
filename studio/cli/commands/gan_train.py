"""`can-studio gan train` and `gan resume`: StyleGAN2-ADA, with the official tool's options."""

import os
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from studio.cli.common import CANNOT, FAILURES, INTERRUPTED, JSON, leave, progress
from studio.cli.output import Progress, counted, emit_json, note, say, shown
from studio.cli.run_record import RunRecord


class Augmentation(StrEnum):
    """How the discriminator's pictures are augmented."""

    ADA = "ada"
    FIXED = "fixed"
    NONE = "none"


Data = Annotated[
    str,
    typer.Option("--data", help="Folder, class folders, official zip, project, PROJECT:SNAPSHOT."),
]
Out = Annotated[
    Path,
    typer.Option("--out", help="Folder of the run: new, or empty, and apart from the pictures."),
]
Resolution = Annotated[int, typer.Option("--resolution", help="Side in px, a power of two.")]
Gamma = Annotated[float, typer.Option("--gamma", help="Weight of R1.")]
Kimg = Annotated[float, typer.Option("--kimg", help="Thousands of real pictures to show, in all.")]
Batch = Annotated[int, typer.Option("--batch", help="Pictures a step, in all processes.")]
BatchGpu = Annotated[
    int | None, typer.Option("--batch-gpu", help="Pictures at once in a process; all without it.")
]
Mirror = Annotated[bool, typer.Option("--mirror", help="Show each picture flipped too.")]
Cond = Annotated[bool, typer.Option("--cond", help="One network for all classes.")]
MapDepth = Annotated[int, typer.Option("--map-depth", help="Layers of the mapping.")]
Glr = Annotated[float, typer.Option("--glr", help="Learning rate of the generator.")]
Dlr = Annotated[float, typer.Option("--dlr", help="Learning rate of the discriminator.")]
Freezed = Annotated[int, typer.Option("--freezed", help="Frozen layers of the discriminator.")]
Resume = Annotated[
    str | None, typer.Option("--resume", help="A network file to begin from, or sample.")
]
Aug = Annotated[Augmentation, typer.Option("--aug", help="ada, fixed or none.")]
AugP = Annotated[float, typer.Option("--p", help="Strength of --aug fixed.")]
Target = Annotated[float, typer.Option("--target", help="Target of --aug ada.")]
Cbase = Annotated[int, typer.Option("--cbase", help="Channels times resolution.")]
Cmax = Annotated[int, typer.Option("--cmax", help="Most channels.")]
ZDim = Annotated[int, typer.Option("--z-dim", help="Width of z.")]
WDim = Annotated[int, typer.Option("--w-dim", help="Width of w.")]
Tick = Annotated[float, typer.Option("--tick", help="kimg between two lines of stats.jsonl.")]
Snap = Annotated[int, typer.Option("--snap", help="Ticks between two snapshots.")]
HoldOut = Annotated[
    float, typer.Option("--hold-out", help="Part kept back to check for memorised pictures.")
]
Metrics = Annotated[
    str, typer.Option("--metrics", help="lite0, inception:FILE, dino:FILE or none.")
]
Fakes = Annotated[int, typer.Option("--fakes", help="Pictures that the metrics look at.")]
Seed = Annotated[int, typer.Option("--seed", help="Of everything random.")]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda or mps.")]


def train(
    data: Data,
    out: Out,
    resolution: Resolution,
    gamma: Gamma,
    kimg: Kimg = 25_000,
    batch: Batch = 16,
    batch_gpu: BatchGpu = None,
    mirror: Mirror = False,
    cond: Cond = False,
    map_depth: MapDepth = 2,
    glr: Glr = 0.002,
    dlr: Dlr = 0.002,
    freezed: Freezed = 0,
    resume: Resume = None,
    aug: Aug = Augmentation.ADA,
    aug_p: AugP = 0.2,
    target: Target = 0.6,
    cbase: Cbase = 32768,
    cmax: Cmax = 512,
    z_dim: ZDim = 512,
    w_dim: WDim = 512,
    tick: Tick = 4.0,
    snap: Snap = 50,
    hold_out: HoldOut = 0.05,
    metrics: Metrics = "lite0",
    fakes: Fakes = 500,
    seed: Seed = 0,
    device: Device = "auto",
    name: str = typer.Option("", "--name", help="What lists and legends call the run."),
    as_json: bool = JSON,
) -> None:
    """Train a network. Ctrl+C stops it where `gan resume` goes on exactly (exit code 130). Exit
    code 1: trained, without the files that are listed.

    Several GPUs: torchrun --nproc-per-node 2 --no-python can-studio gan train …
    """
    given = dict(locals())
    from studio.compute.device import pick_device
    from studio.workflows.generate import training as work

    for other in ("data", "out", "device", "name", "as_json"):
        given.pop(other)
    options = work.make_options(**{**given, "aug": aug.value})
    was_there = out.exists()
    if work.leads():
        pick_device(device)
        options.at_once(work.processes())
        work.create_training(out, data, options, title=name.strip(), device=device)
    record, outcome = _run(out)
    if work.leads() and outcome == "failed" and record.document["plan"] is None:
        _remove(out, was_there)  # so that the command, put right, is not refused
    _tell(out, record, outcome, as_json)


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
    _tell(run, *_run(run), as_json)


def _run(run_dir: Path) -> "tuple[_Record, str]":
    """Train in this process and tell on stderr how it goes."""
    from studio.workflows.generate.training import train_here

    with progress("Training") as tell:
        record = _Record(tell)
        return record, train_here(run_dir, record.hear)


def _remove(run_dir: Path, was_there: bool) -> None:
    """Take away a run that came to nothing: the folder was empty or absent before it."""
    shutil.rmtree(run_dir, ignore_errors=True)
    if was_there:
        run_dir.mkdir(exist_ok=True)
    note(f"Nothing was trained, and nothing is left in {shown(run_dir)}.")


def _tell(run_dir: Path, record: "_Record", outcome: str, as_json: bool) -> None:
    """How it ended, and the exit code; where torchrun has begun several, the first tells."""
    from studio.workflows.generate.training import leads, processes

    if leads() and as_json:
        emit_json({"run": str(run_dir), "state": outcome, **record.document})
    elif leads():
        say(f"The run {shown(run_dir)} has {outcome}.{_END[outcome].format(shown(run_dir))}")
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


class _Record(RunRecord):
    """What a training of a network says."""

    def __init__(self, tell: Progress) -> None:
        super().__init__(tell, plan=None, step=None, snapshots=[])

    def hear_more(self, name: str, fields: dict[str, Any]) -> None:
        if name == "plan":
            self.document["plan"] = fields
            self.note(_plan(fields))
        elif name == "step":
            self.document["step"] = fields
        elif name == "snapshot":
            self.document["snapshots"].append(fields)
            self.note(_snapshot(fields, self.document["step"] or {}))


def _plan(plan: dict[str, Any]) -> str:
    millions = {part: count / 1e6 for part, count in plan["parameters"].items()}
    return (
        f"{counted(plan['pictures'], 'picture')} to learn from, {plan['held_out']:,} held out; "
        f"{plan['resolution']} px, G {millions['G']:.2f} M and D {millions['D']:.2f} M numbers, "
        f"on {plan['device']}"
    )


def _snapshot(snapshot: dict[str, Any], step: dict[str, Any]) -> str:
    text = f"{snapshot['kimg']:g} kimg: {snapshot['network']}"
    if step.get("sec_per_kimg"):
        text += f", {step['sec_per_kimg']:.0f} s/kimg"
    figures = snapshot["metrics"] or {}
    if figures.get("kid") is not None:
        text += f", KID {figures['kid']:.4f} ({figures['kid_low']:.4f}–{figures['kid_high']:.4f})"
        text += " (the best so far)" if snapshot["best"] else ""
    return text
