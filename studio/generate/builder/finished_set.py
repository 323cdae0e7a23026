"""A set that is whole already: the same recipe again has nothing to do."""

from dataclasses import dataclass
from pathlib import Path

from studio.errors import StudioError
from studio.generate.builder.manifest import MANIFEST
from studio.generate.builder.recipe import RECIPE, SetRecipe, read_recipe
from studio.generate.builder.sources import SetSources
from studio.generate.builder.tally import SetCounts
from studio.opening import read_json
from studio.origins import MOST_BYTES


@dataclass(frozen=True)
class FinishedSet:
    """What the manifest of a whole set says: `networks` are the SHA-256 of their files."""

    counts: dict[str, SetCounts]
    notes: tuple[str, ...]
    networks: tuple[str, ...]

    @property
    def shortfalls(self) -> tuple[str, ...]:
        """A sentence for each label that has fewer pictures than were asked for."""
        told = (one.shortfall(label) for label, one in self.counts.items())
        return tuple(sentence for sentence in told if sentence is not None)

    def require_networks(self, out: Path, sources: SetSources) -> None:
        """StudioError when a network is another one now: the recipe would make other pictures."""
        if self.networks != tuple(one["sha256"] for one in sources.networks):
            raise StudioError(
                f"{out} was made with this recipe, but its networks have changed since; a set "
                "needs a new or an empty folder."
            )


def finished_set(recipe: SetRecipe, out: Path) -> FinishedSet | None:
    """The set in `out` when this very recipe made it; None for anything else."""
    if not (out / MANIFEST).is_file():
        return None
    try:
        if read_recipe(out / RECIPE) != recipe:
            return None
        manifest = read_json(out / MANIFEST, MOST_BYTES)
        counts = {str(label): SetCounts(**one) for label, one in manifest["counts"].items()}
        networks = tuple(str(one["sha256"]) for one in manifest["networks"])
        return FinishedSet(counts, tuple(manifest["notes"]), networks)
    except (StudioError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # somebody's own files: nothing is overwritten
