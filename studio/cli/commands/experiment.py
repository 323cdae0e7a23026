"""`can-studio experiment`: many trainings on many test sets, and one table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from studio import wording
from studio.cli.common import JSON
from studio.cli.output import echo, emit_json, note, shown, table
from studio.errors import UsageError

if TYPE_CHECKING:
    from studio.experiment.plan import ExperimentPlan
    from studio.experiment.presets import PresetPlan

experiment = typer.Typer(
    name="experiment",
    help="Train many times by one plan, score each training on many test sets, and tell what the "
    "data allow to be said.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_PLAN = typer.Argument(..., help="File of the plan (TOML).", show_default=False)


@experiment.command("plan")
def plan(
    file: Path = _PLAN,
    preset: str = typer.Option(
        "", "--preset", help="Write this plan: paper, paper-small or does-synthetic-help."
    ),
    data: Path | None = typer.Option(
        None, "--data", help="Folder with a folder of class folders for each data set."
    ),
    as_json: bool = JSON,
) -> None:
    """Write the plan of a preset for the data sets in --data, or show a plan that is there.

    Data sets that are not on the disk are left out and named.
    """
    from studio.experiment.plan import read_plan, write_plan
    from studio.experiment.presets import preset_plan

    if not preset:
        if data is not None:
            raise UsageError("--data goes with --preset: say which plan to write.")
        _show_plan(file, read_plan(file), None, as_json)
        return
    if data is None:
        raise UsageError("Say where the data sets are: --data FOLDER.")
    made = preset_plan(preset, data)
    comments = [f"The preset {preset} for {shown(data.absolute())}."]
    comments += [f"Missing: {one.sentence}" for one in made.missing]
    write_plan(file, made.plan, comments)
    _show_plan(file, made.plan, made, as_json)


def _show_plan(
    file: Path, plan: "ExperimentPlan", preset: "PresetPlan | None", as_json: bool
) -> None:
    from studio.experiment.presets import trainings_sentence
    from studio.experiment.trainings import list_trainings

    listed = list_trainings(plan)
    missing = preset.missing if preset is not None else ()
    if as_json:
        document: dict[str, Any] = {
            "plan": str(file),
            "positive": plan.positive,
            "baseline": plan.baseline,
            "repeats": plan.repeats,
            "recipe": plan.recipe,
            "models": list(plan.models),
            "mixes": {m.name: [str(one.folder) for one in m.folders] for m in plan.mixes},
            "tests": {name: str(folder) for name, folder in plan.tests.items()},
            "settings": dict(plan.settings),
            "trainings": len(listed.trainings),
            "trainings_unshared": listed.asked,
            "missing": [
                {"set": m.name, "looked_for": list(m.looked_for), "left_out": list(m.left_out)}
                for m in missing
            ],
        }
        if preset is not None:
            document["whole_trainings"] = preset.whole
            document["whole_trainings_unshared"] = preset.whole_asked
        emit_json(document)
        return
    for one in missing:
        note(one.sentence)
    rows = [
        (mix.name, ", ".join(_folder_words(one.folder, one.count) for one in mix.folders))
        for mix in plan.mixes
    ]
    table("Mixes", ["mix", "folders"], rows)
    table("Test sets", ["test", "folder"], [(n, str(f)) for n, f in plan.tests.items()])
    echo(f"{shown(file)}: {trainings_sentence(plan)}")
    if preset is not None and missing and preset.whole is not None:
        echo(f"With all its data sets the preset has {wording.count(preset.whole)} trainings.")


def _folder_words(folder: Path, count: int | None) -> str:
    return folder.name if count is None else f"{wording.count(count)} of {folder.name}"
