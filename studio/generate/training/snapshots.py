"""What a run leaves behind: networks, grids of pictures, figures."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import __version__
from studio.files import building, write_text
from studio.generate.files.network_file import write_network
from studio.generate.training.grid import Grid, write_grid
from studio.generate.training.options import TrainOptions
from studio.generate.training.record import Emit
from studio.jobs.kinds import NETWORK_BEST, NETWORK_LATEST

if TYPE_CHECKING:
    from studio.generate.training.run import Measure, Training

_ON_CARD = ("space", "n_real", "n_fake", "kid", "kid_low", "kid_high", "fd", "rests_on")
OPTIONS, REALS, FAKES_INIT = "training_options.json", "reals.png", "fakes_init.png"


class Snapshots:
    """Writes the files of a run. Numbers in names are whole kimg, six digits, as in official runs;
    where two snapshots would share one they are pictures, nine digits, which sort among them."""

    def __init__(
        self, training: Training, measure: Measure | None, emit: Emit, *, resumed: bool
    ) -> None:
        self.training, self.measure, self.emit = training, measure, emit
        self.run_dir = training.run_dir
        _sweep(self.run_dir)
        self.grid = Grid(training.pictures, training.rows, training.options.seed)
        self._plan()
        self._relink_best()
        self._begun = resumed

    def begin(self) -> None:
        """Write the grids of real pictures and of the first generated ones, once a run: minutes for
        a large network on a CPU. What is left of it when asked to stop, a resume does."""
        if not self._begun:
            pictures = self.training.pictures
            write_grid(self.run_dir / REALS, self.grid.reals(pictures), synthetic=False)
            self._write_fakes(FAKES_INIT)
            self._begun = True

    def write(self) -> dict[str, Any]:
        """Write the network, the grid and the figures of this moment; the line of the history."""
        training = self.training
        grid, network = self._names()
        self._write_fakes(grid)
        figures = None
        if self.measure is not None:
            figures = self.measure(training.networks.average, training.device)
        card = self.card(figures)
        write_network(self.run_dir / network, training.networks.file(card))
        best = self._is_best(figures)
        if best:
            _same_file(self.run_dir / network, self.run_dir / NETWORK_BEST)
        entry = {
            "images": training.images,
            "kimg": training.images / 1000,
            "network": network,
            "grid": grid,
            "metrics": figures,
            "best": best,
        }
        self.emit("snapshot", **entry)
        return entry

    def _names(self) -> tuple[str, str]:
        """Names of a grid and a network that no snapshot of this run has."""
        training = self.training
        grid, network = _names_by(f"{training.images // 1000:06d}")
        often = training.options.tick * training.options.snap < 1
        if often or any(one["network"] == network for one in training.history):
            return _names_by(f"{training.images:09d}")
        return grid, network

    def latest(self) -> None:
        """`network-latest`: that of the last snapshot or stop."""
        network = self.training.networks.file(self.card(None))
        write_network(self.run_dir / NETWORK_LATEST, network)

    def card(self, figures: dict[str, Any] | None) -> dict[str, Any]:
        """What a network file says of itself. The same run gives the same card."""
        training = self.training
        options, pictures = training.options, training.pictures
        card: dict[str, Any] = {
            "title": f"StyleGAN2-ADA, {options.resolution} px, {training.images / 1000:g} kimg",
            "trained_on": {
                "source": pictures.source,
                "pictures": len(training.rows),
                "held_out": len(pictures) - len(training.rows),
                "counts": pictures.counts,
                "sha256": pictures.sha256,
            },
            "classes": list(pictures.names) if options.cond else [],
            "kimg": training.images / 1000,
            "begun": training.today,
            "begun_from": training.networks.begun_from,
            "recipe": _recipe(options),
            "made_by": f"CAN Studio {__version__}",
            "licence": "That of the pictures it was trained on.",
            "use": "Synthetic pictures. Research use, not a diagnosis.",
        }
        if figures is not None:
            card["figures"] = {key: figures[key] for key in _ON_CARD if key in figures}
        return card

    def _is_best(self, figures: dict[str, Any] | None) -> bool:
        kid = (figures or {}).get("kid")
        if kid is None:
            return False
        before = [one["metrics"] for one in self.training.history if one["metrics"]]
        known = [one["kid"] for one in before if one["space"] == (figures or {})["space"]]
        return all(kid < one for one in known if one is not None)

    def _relink_best(self) -> None:
        """Let `network-best` be that of the history: killed between a snapshot and its checkpoint,
        a run has named one that it may never come to again."""
        name = self.run_dir / NETWORK_BEST
        best = [one["network"] for one in self.training.history if one["best"]]
        if not best:
            name.unlink(missing_ok=True)
            return
        source = self.run_dir / best[-1]
        if source.is_file() and not (name.exists() and name.samefile(source)):
            _same_file(source, name)

    def _write_fakes(self, name: str) -> None:
        fakes = self.grid.fakes(self.training.networks.average)
        write_grid(self.run_dir / name, fakes, synthetic=True)

    def _plan(self) -> None:
        training = self.training
        options, pictures, networks = training.options, training.pictures, training.networks
        plan = {
            "resolution": options.resolution,
            "batch": options.batch,
            "batch_gpu": options.at_once(training.world.size),
            "kimg": options.kimg,
            "classes": list(pictures.names) if options.cond else [],
            "counts": pictures.counts or None,
            "pictures": len(training.rows),
            "held_out": len(pictures) - len(training.rows),
            "left_out": [{"file": one.file, "sentence": one.sentence} for one in pictures.left_out],
            "parameters": {
                "G": sum(p.numel() for p in networks.generator.parameters()),
                "D": sum(p.numel() for p in networks.discriminator.parameters()),
            },
            "device": str(training.device),
            "threads": training.threads,
            "processes": training.world.size,
            "options": options.to_json(),
            "grid": {"columns": self.grid.columns, "rows": self.grid.rows},
        }
        write_text(self.run_dir / OPTIONS, json.dumps(plan, indent=2) + "\n")
        self.emit("plan", **plan)


def _names_by(number: str) -> tuple[str, str]:
    return f"fakes{number}.png", f"network-snapshot-{number}.safetensors"


def _recipe(options: TrainOptions) -> dict[str, Any]:
    """The options without the paths of this computer: network files are given away."""
    space, colon, file = options.metrics.partition(":")
    recipe = options.model_dump(mode="json", exclude={"kimg", "begin_from"})
    return {**recipe, "metrics": f"{space}{colon}{Path(file).name}"}


def _sweep(run_dir: Path) -> None:
    """Remove what a killed process was writing."""
    for ending in ("safetensors", "png", "pt", "json", "jsonl"):
        for part in run_dir.glob(f"*.{ending}.part"):
            part.unlink(missing_ok=True)


def _same_file(source: Path, name: Path) -> None:
    """Give a file a second name: a hard link where the disk has them."""
    with building(name) as part:
        try:
            os.link(source, part)
        except OSError:
            shutil.copyfile(source, part)
