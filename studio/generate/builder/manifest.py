"""What is known of each picture of a set, and why others were left out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.files import replacing_text
from studio.generate.builder.attempt_log import Attempt
from studio.generate.builder.recipe import SetRecipe
from studio.generate.builder.tally import SetTally
from studio.generate.outputs.provenance import NOTICE
from studio.tables import writing_table

if TYPE_CHECKING:
    from studio.generate.builder.sources import SetSources

MANIFEST = "manifest.json"
REJECTED = "rejected.csv"
NOT_INDEPENDENT = (
    "These pictures are not independent of the photographs that the networks were trained on: "
    "never test on those what was trained on these. A seed is not a patient."
)
FILTERED = (
    "A classifier chose what stayed: what is trained on this set learns its opinion again, and "
    "pictures that are hard for it are missing."
)


def write_records(
    folder: Path,
    recipe: SetRecipe,
    header: dict[str, Any],
    sources: "SetSources",
    tried: Sequence[Attempt],
) -> tuple[str, ...]:
    """Write `rejected.csv` and `manifest.json`; returns the manifest's notes."""
    _write_rejected(folder / REJECTED, recipe, sources, tried)
    tally = SetTally.of(recipe, tried)
    notes = _notes(recipe, sources, tally)
    manifest = {
        **header,
        "recipe": recipe.without_paths(),  # this file goes wherever the pictures go
        "synthetic": True,
        "notice": NOTICE,
        "notes": notes,
        "counts": {label: one.to_dict() for label, one in tally.counts().items()},
        # The names that the studio's exports use, so that a training reads `image` as the group
        # that a split must not part: the same seed of one network, whatever its class.
        "images": [],
        "files": [_file(one, recipe, sources) for one in tried],
    }
    # What a name has that is no Unicode becomes its escape, which JSON reads as such.
    with replacing_text(folder / MANIFEST, errors="backslashreplace") as file:
        json.dump(manifest, file, indent=1, ensure_ascii=False)
    return tuple(notes)


def _notes(recipe: SetRecipe, sources: "SetSources", tally: SetTally) -> list[str]:
    notes = [NOT_INDEPENDENT]
    if recipe.agreement is not None:
        notes.append(FILTERED)
    smallest = min(fact["resolution"] for fact in sources.networks)
    if sources.size > smallest:
        notes.append(f"Pictures of {smallest} px were enlarged to {sources.size} px.")
    return [*notes, *tally.shortfalls()]


def _file(one: Attempt, recipe: SetRecipe, sources: "SetSources") -> dict[str, Any]:
    source = sources.entries[one.entry]
    entry = source.entry
    seed_of = f"{sources.networks[source.number]['sha256'][:12]} seed {one.seed}"
    return {
        "path": one.path,
        **({"image": seed_of} if one.kept else {}),
        "kept": one.kept,
        "reason": one.reason,
        "label": entry.label,
        "network": source.number,
        "seed": one.seed,
        "class": source.class_name,
        "truncation": entry.truncation,
        "noise_mode": entry.noise_mode,
        "noise_seed": one.seed if entry.noise_mode == "random" else None,
        "w_sha256": one.w_sha256,
        "sha256": one.sha256,
        "scores": one.scores,
        "nearest": None
        if one.distance is None
        else {"distance": one.distance, "file": one.nearest},
    }


def _write_rejected(
    path: Path, recipe: SetRecipe, sources: "SetSources", tried: Sequence[Attempt]
) -> None:
    columns = ["label", "network", "class", "seed", "reason", "probability", "distance", "nearest"]
    with writing_table(path, columns) as table:
        for one in tried:
            if one.reason is None:
                continue
            source = sources.entries[one.entry]
            label = source.entry.label
            probability = None if one.scores is None else one.scores[label]
            network = sources.networks[source.number]["file"]
            found = [one.reason, probability, one.distance, one.nearest]
            row = [label, network, source.class_name, one.seed, *found]
            table.row(row)
