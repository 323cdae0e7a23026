"""`can-studio gan metrics`: how near a network's pictures are to real ones."""

from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.commands.gan_data import TransformName
from studio.cli.common import FAILURES, JSON, leave, progress
from studio.cli.output import echo, emit_json, note, shown, table
from studio.wording import counted

_COLUMNS = ("", "KID (95 %)", "Fréchet", "precision", "recall", "pictures")
_ROWS = {"network": "network", "real": "real pictures", "blurred": "blurred ones"}
_LISTED = 10


def metrics(
    network: str = typer.Option(..., "--network", help="A network file, or sample."),
    data: Path = typer.Option(..., "--data", help="Training pictures: a folder or official zip."),
    held_out: Path | None = typer.Option(
        None, "--held-out", help="Pictures that were not trained on: the judges of memorisation."
    ),
    space: str = typer.Option("lite0", "--space", help="lite0, inception:FILE or dino:FILE."),
    fakes: int = typer.Option(2000, "--fakes", min=4, max=50_000, help="Pictures to generate."),
    seed: int = typer.Option(0, "--seed", min=0, max=2**32 - 50_001, help="Of the first of them."),
    references: bool = typer.Option(
        False, "--references", help="Also real against real, and blurred against real."
    ),
    transform: TransformName | None = typer.Option(
        None, "--transform", help="For pictures that are not square; left out without it."
    ),
    cache: Path | None = typer.Option(
        None, "--cache", help="A folder to keep decoded pictures in, for more than memory holds."
    ),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    as_json: bool = JSON,
) -> None:
    """KID with its interval, Fréchet distance, precision, recall, and the check for copies."""
    from studio.workflows.generate.metrics import measure_network

    with progress("Measuring") as tell:
        report = measure_network(
            network,
            data,
            held_out,
            space=space,
            fakes=fakes,
            seed=seed,
            references=references,
            transform=transform.value if transform else None,
            cache=cache,
            device=device,
            on_progress=tell,
        )
    left_out = [*report["data"]["left_out"], *(report["held_out"] or {}).get("left_out", [])]
    _print_left_out(left_out)
    if as_json:
        emit_json(report)
    else:
        _print_report(report)
    leave(FAILURES if left_out else 0)


def _print_left_out(left_out: list[dict[str, str]]) -> None:
    for one in left_out[:_LISTED]:
        note(f"{shown(one['file'])}: {shown(one['sentence'], 400)}")
    if len(left_out) > _LISTED:
        note(f"And {wording.count(len(left_out) - _LISTED)} more; --json lists them all.")


def _print_report(report: dict[str, Any]) -> None:
    title = f"Against {report['data']['source']}, in {report['space']}"
    table(title, _COLUMNS, [_row(("network", report))])
    found = report["references"]
    if found:
        beside = [(title, found[key]) for key, title in _ROWS.items()]
        table(f"Against {found['against']}", _COLUMNS, map(_row, beside))
    if report["memorisation"]:
        _print_copies(report["memorisation"])
    for sentence in report["notes"]:
        echo(shown(sentence, 400))
    echo(report["notice"])


def _row(titled: tuple[str, dict[str, Any]]) -> tuple[str, ...]:
    title, found = titled
    kid, low, high = (found[key] for key in ("kid", "kid_low", "kid_high"))
    return (
        title,
        wording.interval(kid, low, high, 4),
        wording.number(found["fd"], 2),
        wording.number(found["precision"]),
        wording.number(found["recall"]),
        f"{wording.count(found['n_fake'])}:{wording.count(found['n_real'])}",
    )


def _print_copies(found: dict[str, Any]) -> None:
    for title, checked in (("features", found), ("pixels", found["pixels"])):
        for level, nearer in checked["nearer"].items():
            if nearer["share"] is not None:
                share = wording.percent_interval(nearer["share"], nearer["low"], nearer["high"])
                echo(
                    f"By {title}, {share} of the samples are nearer to training than the {level} "
                    f"nearest of {counted(checked['n_held_out'], 'held-out picture')} "
                    f"(expected {wording.percent(nearer['expected'])})."
                )
    for pair in found["pairs"][:3]:
        of = "" if pair["class"] is None else f" of class {pair['class']}"
        echo(
            f"Seed {pair['seed']}{shown(of)} is nearest to {shown(pair['file'])} "
            f"({wording.significant(pair['distance'])})."
        )
