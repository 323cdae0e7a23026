"""Generation with what other rooms lend it: classifiers as scorers, photographs as endpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from studio.errors import StudioError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from studio.classify.predict import Classifier
    from studio.generate.network import Network, Pictures
    from studio.generate.outputs.morph import MorphReport, SpacingName
    from studio.generate.projection.project import Method, Projection, Projector

Film = Literal["mp4", "gif"]
OnProgress = Callable[[int, int], None]
STATE_EVERY = 50  # steps between two savings of a projection


@dataclass(frozen=True)
class RunScorer:
    """A trained run as the morph sees it: a name and a probability of the positive class."""

    name: str
    positive: str
    classifier: Classifier

    @classmethod
    def load(cls, run: Path) -> RunScorer:
        """StudioError when the folder holds no trained run."""
        from studio.classify import load_classifier

        classifier = load_classifier(run)
        return cls(run.name, classifier.classes.positive, classifier)

    def scores(self, pictures: Pictures) -> NDArray[np.float64]:
        return self.classifier.scores(list(pictures))


def project_file(
    network_file: Path,
    target: Path,
    out: Path,
    *,
    method: Method = "auto",
    steps: int = 1000,
    seed: int = 303,
    distance: str = "lite0",
    class_name: str | None = None,
    on_progress: OnProgress = lambda done, total: None,
    stop: Callable[[], bool] = lambda: False,
) -> Projection:
    """Project a photograph and write the official tool's files into `out`.

    A projection that was cut off leaves `state.pt` there; the same call goes on from it.
    """
    from studio.generate.network import load_network
    from studio.generate.outputs.projected import write_projection
    from studio.generate.projection.project import STATE

    network = load_network(network_file)
    projector = make_projector(network, target, method, steps, seed, distance, class_name)
    if (out / "projected_w.npz").exists():
        raise StudioError(f"{out} holds a projection already; choose an empty folder with --out.")
    out.mkdir(parents=True, exist_ok=True)
    if (out / STATE).exists():
        projector.restore(out)

    def each(_report: object, running: Projector) -> None:
        on_progress(running.step, steps)
        if running.step % STATE_EVERY == 0:
            running.save(out)

    projection = projector.run(each, stop)
    if not projection.finished:
        projector.save(out)
        return projection
    write_projection(out, network, projector, projection, network_name=network_file.name)
    (out / STATE).unlink(missing_ok=True)
    return projection


def make_projector(
    network: Network,
    target: Path,
    method: Method,
    steps: int,
    seed: int,
    distance: str,
    class_name: str | None,
) -> Projector:
    """A projector for a photograph; nothing is computed yet but the starting point."""
    from studio.generate.projection.backbone import by_name
    from studio.generate.projection.project import Plan, Projector
    from studio.generate.target import read_target

    return Projector(
        network.generator,
        read_target(target, network.config),
        by_name(distance),
        Plan(method=method, steps=steps, seed=seed),
        network.class_vector(class_name),
    )


def morph_files(
    network_file: Path,
    source: str,
    target: str,
    out: Path,
    *,
    steps: int = 10,
    spacing: SpacingName = "w",
    film: Film | None = None,
    run: Path | None = None,
    truncation: float = 1.0,
    class_name: str | None = None,
    tell: Callable[[str], None] = lambda text: None,
) -> MorphReport:
    """Write the morph between two endpoints, each a latent file, `seed:N` or a photograph."""
    from studio.generate.latent.path import LatentPath
    from studio.generate.network import load_network
    from studio.generate.outputs.morph import write_morph
    from studio.generate.projection.backbone import by_name

    if spacing == "probability" and run is None:
        raise UsageError("Even steps of probability need a trained classifier: give --run RUN.")
    network = load_network(network_file)
    endpoint = _Endpoints(network, truncation, class_name, tell)
    path = LatentPath(endpoint.of(source), endpoint.of(target))
    return write_morph(
        network,
        path,
        out,
        steps=steps,
        how=spacing,
        distance=by_name("lite0") if spacing == "perceptual" else None,
        scorer=None if run is None else RunScorer.load(run),
        film=film,
        network_name=network_file.name,
        ends=(source, target),
    )


@dataclass(frozen=True)
class _Endpoints:
    """What a person may name as an end of a morph, as a latent `[L, W]`."""

    network: Network
    truncation: float
    class_name: str | None
    tell: Callable[[str], None]

    def of(self, text: str) -> Tensor:
        from studio.generate.outputs.folder import read_latent

        if text.startswith("seed:"):
            return self._seed(text)
        path = Path(text)
        if path.suffix.lower() == ".npz":
            return read_latent(path, self.network)[0]
        if not path.is_file():
            raise UsageError(f"“{text}” is no latent .npz, no seed such as seed:513, no picture.")
        return self._photograph(path)

    def _seed(self, text: str) -> Tensor:
        from studio.generate.latent.seeds import parse_seeds

        seeds = parse_seeds(text.removeprefix("seed:"))
        if len(seeds) != 1:
            raise UsageError(f"An end of a morph is one seed, not {len(seeds)}.")
        c = self.network.class_vector(self.class_name)
        return self.network.mapping(self.network.latent(seeds[0]), c, self.truncation)[0]

    def _photograph(self, path: Path) -> Tensor:
        self.tell(f"Projecting {path.name}, which takes minutes…")
        projector = make_projector(self.network, path, "auto", 1000, 303, "lite0", self.class_name)
        return projector.run().ws[0]
