"""Generation with what other rooms lend it: classifiers as scorers, photographs as endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from studio.errors import StudioError, UsageError
from studio.jobs import Stopped

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from studio.classify.predict import Classifier
    from studio.generate.morphing import ResolvedEndpoint
    from studio.generate.network import Network, Pictures
    from studio.generate.outputs.animation import AnimationPlan
    from studio.generate.outputs.morph import MorphReport
    from studio.generate.projection.optimise import StepReport
    from studio.generate.projection.project import Method, OnCandidates, Projection, Projector
    from studio.generate.session import Endpoint, MorphSession

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
    device: str = "cpu",
    on_progress: OnProgress = lambda done, total, message: None,
    stop: Callable[[], bool] = lambda: False,
) -> Projection:
    """Project a photograph and write the official tool's files into `out`.

    A projection that was cut off leaves `state.pt` there; the same call goes on from it. The search
    of `auto` begins at the nearest of `candidates` random latents, 10,000 at most.
    """
    from studio.compute.device import pick_device
    from studio.generate.network import load_network
    from studio.generate.outputs.projected import write_projection
    from studio.generate.projection.project import STATE

    network = load_network(network_file, str(pick_device(device)))
    if (out / "projected_w.npz").exists():
        raise StudioError(f"{out} holds a projection already; choose an empty folder with --out.")

    def looking(done: int, total: int) -> bool:
        on_progress(done, total, "random latents looked at")
        return stop()

    projector = make_projector(
        network, target, method, steps, seed, distance, class_name, candidates, looking, stop
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
    stop: Callable[[], bool] = lambda: False,
) -> Projector:
    """A projector for a photograph, which has not begun to search yet. Raises NothingProjected
    where `stop` says so meanwhile."""
    from studio.compute.interruption import Interrupted, interruptible
    from studio.generate.projection.backbone import by_name
    from studio.generate.projection.project import NothingProjected, ProjectionPlan, Projector
    from studio.generate.target import read_target

    try:
        with interruptible(stop, network.device):
            return Projector(
                network.generator,
                read_target(target, network.config),
                by_name(distance),
                ProjectionPlan(method=method, steps=steps, seed=seed, candidates=candidates),
                network.class_vector(class_name),
                on_candidates,
            )
    except Interrupted:
        raise NothingProjected from None


def morph_session(
    session: MorphSession,
    out: Path,
    *,
    device: str = "cpu",
    tell: Callable[[str], None] = lambda text: None,
    stop: Callable[[], bool] = lambda: False,
) -> MorphReport:
    """Write the morph of a session, of the window or of options alike, and the session itself.

    `stop` is asked before each picture; once it says so, Stopped is raised and nothing is left.
    An end that is a photograph without a latent is projected first, which `tell` says.
    """
    from studio.compute.device import pick_device
    from studio.generate.morphing import DirectionSet, path_of
    from studio.generate.network import load_network
    from studio.generate.outputs.morph import write_morph
    from studio.generate.projection.backbone import by_name
    from studio.generate.session_command import command_of, endpoint_text

    if session.spacing == "probability" and not session.runs:
        raise UsageError("Even steps of probability need a trained classifier: give --run RUN.")
    network_file = Path(session.network)
    network = load_network(network_file, str(pick_device(device)))
    if not network.sha256.startswith(session.network_sha256):
        raise StudioError(
            f"{network_file.name} is not the network that this session was made with."
        )
    session = session.model_copy(update={"network_sha256": network.sha256})
    keyframes = session.endpoints
    own = keyframes[:-1] if session.closed else keyframes
    with _stopping(stop, network):
        ends = [_end(network, one, session.truncation, tell, stop) for one in own]
    if session.closed:
        ends.append(ends[0])
    directions = DirectionSet(network, session.source.class_name)
    classes = {one.class_name for one in keyframes}
    with _stopping(stop, network):
        return write_morph(
            network,
            path_of(network, session, ends, directions),
            out,
            steps=session.steps,
            how=session.spacing,
            distance=by_name("lite0") if session.spacing == "perceptual" else None,
            scorers=[RunScorer.load(Path(run)) for run in session.runs],
            film=film_of(session),
            network_name=network_file.name,
            stop=stop,
            more={
                "source": endpoint_text(session.source),
                "target": endpoint_text(session.target),
                "via": [endpoint_text(one) for one in session.via],
                "closed": session.closed,
                "noise_strength": session.noise_strength,
                "device": str(network.device),
                "truncation": session.truncation,
                "class": classes.pop() if len(classes) == 1 else None,
                "noise_mode": session.noise_mode,
                "noise_seed": session.noise_seed if session.noise_mode == "random" else None,
                "session": session.model_dump(),
                "command": command_of(session),
            },
        )


@contextmanager
def _stopping(stop: Callable[[], bool], network: Network) -> Iterator[None]:
    """While inside, Stopped is raised within a picture too, which takes seconds on a CPU."""
    from studio.compute.interruption import Interrupted, interruptible

    try:
        with interruptible(stop, network.device):
            yield
    except Interrupted:
        raise Stopped from None


def film_of(session: MorphSession) -> AnimationPlan | None:
    """The film that a session asks for."""
    from studio.generate.outputs.animation import AnimationPlan

    if session.film is None:
        return None
    return AnimationPlan(session.film, session.fps, session.seconds, session.closed)


def _end(
    network: Network,
    endpoint: Endpoint,
    truncation: float,
    tell: Callable[[str], None],
    stop: Callable[[], bool],
) -> ResolvedEndpoint:
    from studio.generate.morphing import ResolvedEndpoint, resolve_endpoint

    if endpoint.kind != "photograph" or endpoint.latent is not None:
        return resolve_endpoint(network, endpoint, truncation)
    photograph = Path(endpoint.photograph or "")
    if not photograph.is_file():
        raise UsageError(
            f"“{photograph}” is not a latent .npz, a seed such as seed:513 or a picture."
        )
    tell(f"Projecting {photograph.name}, which takes minutes…")
    name = endpoint.class_name
    projector = make_projector(
        network, photograph, "auto", 1000, 303, "lite0", name, on_candidates=lambda *_: stop()
    )
    while not projector.done:
        if stop():
            raise Stopped
        projector.advance()
    projection = projector.result()
    return ResolvedEndpoint(projection.ws[0], projection.noise)
