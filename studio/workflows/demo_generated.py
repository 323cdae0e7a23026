"""The demonstration's synthetic part: a set and a morph of the sample network, judged by the run.

What the classifier says of pictures that were generated for a class is a figure about the
generator as much as about the classifier.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from studio.generate.files.named import SAMPLE, SAMPLE_SEEDS
from studio.sample import MELANOMA, NEVUS
from studio.workflows.evaluate import evaluate_run

OnProgress = Callable[[int, int, str], None]
PER_CLASS = 100
STEPS = 9


def generate_and_judge(folder: Path, run: Path, on_progress: OnProgress) -> dict[str, Any]:
    """A set of `PER_CLASS` pictures a class in folder/generated and a morph in folder/morph, each
    made once; the figures of the set under `run`, and of the morph's steps."""
    generated = folder / "generated"
    if not generated.exists():
        _build(generated, on_progress)
    on_progress(0, 1, "Judging generated pictures")
    figures = evaluate_run(run, generated)
    return {**figures, "morph": _morph(folder, run, on_progress)}


def _build(out: Path, on_progress: OnProgress) -> None:
    from studio.generate.builder.recipe import RecipeEntry, SetRecipe
    from studio.workflows.generate.build import build_set

    entries = [
        RecipeEntry(label=name, network=SAMPLE, count=PER_CLASS) for name in (NEVUS, MELANOMA)
    ]
    build_set(SetRecipe(entries=tuple(entries)), out, on_progress=on_progress)


def _morph(folder: Path, run: Path, on_progress: OnProgress) -> dict[str, Any]:
    """The folder of a morph and its figures; another number where there is one already."""
    from studio.generate.session_command import session_of_options
    from studio.workflows.generate.morph import morph_session

    number = 1
    while (out := folder / f"morph-{number}").exists():
        number += 1
    on_progress(0, 1, "Morphing from nevus to melanoma")
    session = session_of_options(
        network=SAMPLE,
        source=f"seed:{SAMPLE_SEEDS[0]}:{NEVUS}",
        target=f"seed:{SAMPLE_SEEDS[1]}:{MELANOMA}",
        steps=STEPS,
        spacing="perceptual",
        runs=[str(run)],
    )
    report = morph_session(session, out)
    return {
        "folder": str(out),
        "step_ratio": report.step_ratios.get("lite0"),
        "step_ratios": report.step_ratios,
        "crossings": report.crossings,
    }
