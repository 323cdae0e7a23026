"""Generation with what other rooms lend it: classifiers as scorers, photographs as endpoints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from studio.errors import StudioError, UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.classify.predict import Classifier
    from studio.generate.latent.path import LatentPath
    from studio.generate.morphing import End
    from studio.generate.network import Network, Pictures
    from studio.generate.outputs.morph import MorphReport, SpacingName
    from studio.generate.projection.optimise import StepReport
    from studio.generate.projection.project import Method, OnCandidates, Projection, Projector
    from studio.generate.session import MorphSession

Film = Literal["mp4", "gif"]
OnProgress = Callable[[int, int, str], None]
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
    candidates: int = 10_000,
    class_name: str | None = None,
    on_progress: OnProgress = lambda done, total, message: None,
    stop: Callable[[], bool] = lambda: False,
) -> Projection:
    """Project a photograph and write the official tool's files into `out`.

    A projection that was cut off leaves `state.pt` there; the same call goes on from it. The search
    of `auto` begins at the nearest of `candidates` random latents, 10,000 at most.
    """
    from studio.generate.network import load_network
    from studio.generate.outputs.projected import write_projection
    from studio.generate.projection.project import STATE

    network = load_network(network_file)
    if (out / "projected_w.npz").exists():
        raise StudioError(f"{out} holds a projection already; choose an empty folder with --out.")

    def looking(done: int, total: int) -> bool:
        on_progress(done, total, "random latents looked at")
        return stop()

    projector = make_projector(
        network, target, method, steps, seed, distance, class_name, candidates, looking
    )
    out.mkdir(parents=True, exist_ok=True)
    if (out / STATE).exists():
        projector.restore(out)

    def each(report: StepReport, running: Projector) -> None:
        on_progress(running.step, steps, f"steps, distance {report.distance:.3g}")
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
    candidates: int = 10_000,
    on_candidates: OnCandidates = lambda done, total: False,
) -> Projector:
    """A projector for a photograph, which has not begun to search yet."""
    from studio.generate.projection.backbone import by_name
    from studio.generate.projection.project import Plan, Projector
    from studio.generate.target import read_target

    return Projector(
        network.generator,
        read_target(target, network.config),
        by_name(distance),
        Plan(method=method, steps=steps, seed=seed, candidates=candidates),
        network.class_vector(class_name),
        on_candidates,
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
    """Write the morph between two endpoints, each a latent file, a photograph, `seed:N` or, of a
    network with classes, `seed:N:CLASS`; `class_name` is that of seeds that name none."""
    from studio.generate.latent.path import LatentPath
    from studio.generate.network import load_network

    network = load_network(network_file)
    ends = _Endpoints(network, truncation, class_name, tell)
    a, b = ends.of(source), ends.of(target)
    return _write(
        network,
        LatentPath(a.ws, b.ws) if a.noise is b.noise else _with_noise(network, a, b),
        out,
        steps=steps,
        spacing=spacing,
        film=film,
        run=run,
        network_name=network_file.name,
        ends=(source, target),
        more={"truncation": truncation, "class": class_name},
    )


def morph_session(session: MorphSession, out: Path, *, film: Film | None = None) -> MorphReport:
    """Write the morph of a session, with its styles and directions and the session itself."""
    from studio.generate.morphing import Compass, end_of, path_of
    from studio.generate.network import load_network

    network = load_network(session.network)
    if network.sha256 != session.network_sha256:
        raise StudioError(
            f"{Path(session.network).name} is not the network that this session was made with."
        )
    ends = [end_of(network, one, session.truncation) for one in (session.source, session.target)]
    compass = Compass(network, session.source.class_name)
    return _write(
        network,
        path_of(network, session, ends[0], ends[1], compass),
        out,
        steps=session.steps,
        spacing=session.spacing,
        film=film,
        run=Path(session.runs[0]) if session.runs else None,
        network_name=Path(session.network).name,
        ends=(session.source.words(), session.target.words()),
        noise_mode=session.noise_mode,
        more={"session": session.model_dump()},
    )


def _write(
    network: Network,
    path: LatentPath,
    out: Path,
    *,
    spacing: SpacingName,
    run: Path | None,
    **settings: Any,
) -> MorphReport:
    from studio.generate.outputs.morph import write_morph
    from studio.generate.projection.backbone import by_name

    if spacing == "probability" and run is None:
        raise UsageError("Even steps of probability need a trained classifier: give --run RUN.")
    return write_morph(
        network,
        path,
        out,
        how=spacing,
        distance=by_name("lite0") if spacing == "perceptual" else None,
        scorer=None if run is None else RunScorer.load(run),
        **settings,
    )


def _with_noise(network: Network, a: End, b: End) -> LatentPath:
    """A path whose ends keep the noise of their projections, or the network's own."""
    from studio.generate.latent.noise import own_maps
    from studio.generate.latent.path import LatentPath

    own = own_maps(network.generator.synthesis)
    return LatentPath(a.ws, b.ws, a.noise or own, b.noise or own)


@dataclass(frozen=True)
class _Endpoints:
    """What a person may name as an end of a morph, as a latent with its noise."""

    network: Network
    truncation: float
    class_name: str | None
    tell: Callable[[str], None]

    def of(self, text: str) -> End:
        from studio.generate.morphing import end_of
        from studio.generate.session import Endpoint

        if text.startswith("seed:"):
            numbers, _, named = text.removeprefix("seed:").partition(":")
            class_name = named or self.class_name
            endpoint = Endpoint(kind="seed", seed=self._seed(numbers), class_name=class_name)
            return end_of(self.network, endpoint, self.truncation)
        path = Path(text)
        if path.suffix.lower() == ".npz":
            return end_of(self.network, Endpoint(kind="latent", latent=text), self.truncation)
        if not path.is_file():
            raise UsageError(f"“{text}” is no latent .npz, no seed such as seed:513, no picture.")
        return self._photograph(path)

    def _seed(self, numbers: str) -> int:
        from studio.generate.latent.seeds import parse_seeds

        seeds = parse_seeds(numbers)
        if len(seeds) != 1:
            raise UsageError(f"An end of a morph is one seed, not {len(seeds)}.")
        return seeds[0]

    def _photograph(self, path: Path) -> End:
        from studio.generate.morphing import End

        self.tell(f"Projecting {path.name}, which takes minutes…")
        projector = make_projector(self.network, path, "auto", 1000, 303, "lite0", self.class_name)
        projection = projector.run()
        return End(projection.ws[0], projection.noise)
