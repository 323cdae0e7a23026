"""What a run says about itself: the ``plan`` event and ``run.json``."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Any

from studio.classify.classes import imbalance, missing_classes
from studio.classify.config import NOTICE, write_json
from studio.classify.setup import Setup
from studio.compute.device import describe

_VERSIONS = ("can-studio", "torch", "timm", "numpy", "pillow")


def announce(setup: Setup) -> None:
    """The ``plan`` event, then a warning for everything that was decided by rule."""
    setup.emit(
        "plan",
        classes=list(setup.classes.names),
        positive=setup.classes.positive,
        positive_stated=setup.classes.stated,
        counts=setup.data.counts(),
        weights=setup.weights.model_dump(),
        model=setup.config.model,
        device=describe(setup.engine.device),
        epochs=setup.recipe.epochs,
        images=len(setup.all_training().items),
        recipe=setup.config.recipe,
        settings=setup.recipe.model_dump(),
        leakage=setup.config.leakage,
        resumed=setup.saved is not None,
        history=setup.saved["history"] if setup.saved else [],
        notice=NOTICE,
    )
    for message in _warnings(setup):
        setup.emit("warning", message=message)
    if not setup.weights.pretrained:
        setup.emit("log", message="The network starts from random weights, as asked.")


def _warnings(setup: Setup) -> list[str]:
    classes, val = setup.classes, setup.data.val
    found = []
    if not classes.stated:
        found.append(
            f"No positive class was given: '{classes.positive}' is taken, the last by name."
        )
    found += [said] if (said := imbalance(setup.data.counts()["train"])) else []
    # Told when the run was written down, too, but a window that starts it shows only its log.
    found += [str(said) for said in [setup.config.leakage.get("label_conflict")] if said]
    if val is None or not val.items:
        found.append("No validation pictures: there will be no ROC curve.")
    for split in [*([val] if val and val.items else []), *setup.data.test]:
        found += [
            f"{split.name} has no picture of class '{name}': its AUC is undefined."
            for name in missing_classes(split, classes.names)
        ]
    return found


def write_record(setup: Setup, identity: dict[str, Any]) -> None:
    """``run.json``: settings, seed, weights, versions, counts, what was left out."""
    write_json(
        setup.run_dir / "run.json",
        {
            **identity,
            "device": describe(setup.engine.device),
            "platform": platform.platform(),
            "python": platform.python_version(),
            "versions": {name: metadata.version(name) for name in _VERSIONS},
            "counts": setup.data.counts(),
            "unreadable": setup.reader.unreadable,
            "leakage": setup.config.leakage,
            "deterministic": setup.config.deterministic,
            "precision": "bfloat16" if setup.engine.bfloat16 else "float32",
            "notice": NOTICE,
        },
    )
