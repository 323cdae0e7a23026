"""`can-studio gan build-set`: class folders of synthetic pictures, ready to train on."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from studio import wording
from studio.cli.commands.gan import TRUNCATION, NoiseMode
from studio.cli.common import FAILURES, JSON, leave, progress, require_alone
from studio.cli.output import echo, emit_json, note, shown
from studio.errors import UsageError
from studio.wording import counted

if TYPE_CHECKING:
    from studio.generate.builder.build import SetReport
    from studio.generate.builder.recipe import SetRecipe

_WITH_RECIPE = ("out", "recipe", "device", "as_json")
_NAMES = {"truncation": "trunc", "classes": "class", "format_": "format"}


def build_set(
    context: typer.Context,
    out: Path = typer.Argument(..., help="A new or empty folder.", show_default=False),
    classes: list[str] | None = typer.Option(
        None, "--class", help="LABEL=COUNT, or LABEL=COUNT@NETWORK; may be given several times."
    ),
    network: str | None = typer.Option(
        None, "--network", help="A network file, or sample; where --class names none."
    ),
    truncation: float = TRUNCATION,
    first_seed: int = typer.Option(0, "--first-seed", min=0, help="Of each class."),
    noise_mode: NoiseMode = typer.Option(NoiseMode.CONST, "--noise-mode"),
    size: int | None = typer.Option(None, "--size", help="Pixels; the network's own without it."),
    format_: str = typer.Option("png", "--format", help="png or jpg."),
    agree: Path | None = typer.Option(
        None, "--agree", help="A training run: keep what its model takes for the label."
    ),
    agree_min: float = typer.Option(0.5, "--agree-min", help="Least probability of the label."),
    not_memorised: Path | None = typer.Option(
        None, "--not-memorised", help="Training pictures: drop what comes too near to one."
    ),
    held_out: Path | None = typer.Option(
        None, "--held-out", help="Pictures that were not trained on; they say what is too near."
    ),
    tries: int = typer.Option(
        4, "--tries", min=1, max=1000, help="Seeds that filters may use up, times the count."
    ),
    recipe: Path | None = typer.Option(None, "--recipe", help="A saved recipe instead of all."),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    as_json: bool = JSON,
) -> None:
    """Make class folders of synthetic pictures. Stopped, the same command goes on."""
    from studio.generate.builder.recipe import SetRecipe, read_recipe
    from studio.workflows.generate.build import build_set as build

    if recipe is not None:
        require_alone(context, "recipe", _WITH_RECIPE, "A recipe says it all", _NAMES)
        wanted = read_recipe(recipe)
    else:
        near = None if not_memorised is None else {"data": _full(not_memorised)}
        if held_out is not None:
            if near is None:
                raise UsageError("--held-out goes with --not-memorised DATA.")
            near["held_out"] = _full(held_out)
        entry = {"truncation": truncation, "first_seed": first_seed, "noise_mode": noise_mode.value}
        wanted = SetRecipe.of(
            entries=[{**parse_class(text, network), **entry} for text in classes or []],
            size=size,
            format=format_,
            agreement=None if agree is None else {"run": _full(agree), "minimum": agree_min},
            not_memorised=near,
            tries=tries,
        )
    with progress("Building") as tell:
        try:
            report = build(wanted, out, device=device, on_progress=tell)
        except KeyboardInterrupt:
            tell.close()
            note("The same command goes on with what is there.")
            raise
    _print_report(report, wanted, as_json)
    leave(FAILURES if report.shortfalls else 0)


def parse_class(text: str, network: str | None) -> dict[str, object]:
    """`LABEL=COUNT` or `LABEL=COUNT@NETWORK` as fields of an entry; UsageError for another."""
    label, equals, rest = text.partition("=")
    count, at, own = rest.partition("@")
    if not label or not equals or not count.isdecimal() or (at and not own):
        raise UsageError(
            f"--class is LABEL=COUNT or LABEL=COUNT@NETWORK, such as nevus=100; “{shown(text)}” "
            "is neither."
        )
    where = own or network
    if not where:
        raise UsageError(f"Say which network makes {shown(label)}: --network FILE, or @FILE.")
    path = where if where == "sample" else _full(Path(where))
    return {"label": label, "count": int(count), "network": path}


def _full(path: Path) -> str:
    """A recipe is used again elsewhere: it has whole paths."""
    return str(path.absolute())


def _print_report(report: "SetReport", recipe: "SetRecipe", as_json: bool) -> None:
    if as_json:
        emit_json({**report.to_dict(), "recipe": recipe.model_dump(mode="json")})
        return
    if report.finished_before:
        echo(f"{shown(report.folder.name)} is finished with this recipe; nothing to do.")
        for sentence in report.shortfalls:
            note(shown(sentence, 400))
        return
    from studio.generate.builder.filters import REASONS

    for label, counts in report.counts.items():
        left = ", ".join(f"{wording.count(n)} {REASONS[why]}" for why, n in counts.rejected.items())
        more = f"; left out: {left}" if left else ""
        echo(f"{shown(label)}: {counted(counts.kept, 'picture')}{more}.")
    for sentence in report.shortfalls:
        note(shown(sentence, 400))
    pace = wording.significant(report.rendered / report.seconds) if report.rendered else ""
    speed = f", {pace} pictures/s" if pace else ""
    echo(f"The set is in {shown(report.folder)}{speed}. Synthetic; research use, not a diagnosis.")
    echo(f"It is trained on with: can-studio train --train {shown(report.folder)} --out RUN")
    note("recipe.json names folders of this computer: leave it out where the set is given away.")
