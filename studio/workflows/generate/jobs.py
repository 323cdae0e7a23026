"""Projection and the export of a morph as jobs: each in its own process, followed by the window."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio import jobs
from studio.files import building, replacing
from studio.jobs import JobContext, JobSpec
from studio.jobs.event_models import ImageEvent
from studio.jobs.kinds import MORPH, PROJECTION, MorphParams, ProjectionParams
from studio.opening import finite
from studio.workflows.generate.morph import make_projector

if TYPE_CHECKING:
    from studio.generate.network import Network
    from studio.generate.projection.project import Projection, Projector
    from studio.generate.session import MorphSession

RESULT = "projection"  # the folder of what is kept, within the run
PICTURE = "progress.png"
PICTURE_EVERY = 5  # steps between two pictures of the progress
STATE_EVERY = 50


def start_projection(
    run_dir: Path,
    network_file: Path,
    photograph: Path,
    *,
    steps: int = 300,
    class_name: str | None = None,
    distance: str = "lite0",
    candidates: int = 10_000,
) -> Path:
    """Project a photograph in a process of its own; what is kept will lie in the path returned."""
    title = f"Project {photograph.name}"
    params = ProjectionParams(
        network=network_file,
        photograph=photograph,
        steps=steps,
        class_name=class_name,
        distance=distance,
        candidates=candidates,
    )
    jobs.create(run_dir, JobSpec.of(PROJECTION, title, params))
    jobs.start(run_dir)
    return run_dir / RESULT


def run_job_project(context: JobContext[ProjectionParams]) -> dict[str, Any]:
    """The job: project step by step; stopped at any step, the best so far is kept, and before the
    first step nothing, so that a resume begins again."""
    from studio.generate.network import load_network
    from studio.generate.projection.project import STATE, NothingProjected

    params, run_dir = context.params, context.run_dir
    network = load_network(params.network)
    photograph, steps, candidates = params.photograph, params.steps, params.candidates

    def looking(done: int, total: int) -> bool:
        context.progress(done, total, f"nearest of {total:,} random latents")
        return context.stop_requested()

    try:
        projector = make_projector(
            network,
            photograph,
            "auto",
            steps,
            303,
            params.distance,
            params.class_name,
            candidates,
            looking,
            context.stop_requested,
        )
    except NothingProjected:
        raise jobs.Stopped from None
    if (run_dir / STATE).exists():
        projector.restore(run_dir)

    def each(_report: object, running: Projector) -> None:
        context.progress(running.step, steps)
        best = running.best
        if best is not None and running.step % PICTURE_EVERY == 1:
            _show(run_dir, running, best)
            context.emit(
                ImageEvent(
                    file=PICTURE,
                    step=running.step,
                    distance=finite(best.distance),
                    first_distance=finite(running.first_distance),
                )
            )
        if running.step % STATE_EVERY == 0:
            running.save(run_dir)

    try:
        projection = projector.run(each, context.stop_requested)
    except NothingProjected:
        raise jobs.Stopped from None
    _keep(run_dir, network, projector, projection, params.network.name, photograph.name)
    if not projection.finished:
        projector.save(run_dir)
        raise jobs.Stopped
    (run_dir / STATE).unlink(missing_ok=True)
    return {"result": str(run_dir / RESULT), "distance": projection.distance}


def _show(run_dir: Path, projector: Projector, projection: Projection) -> None:
    """The best picture so far, replaced whole: the window may read it at any moment."""
    from PIL import Image

    from studio.generate.network import to_uint8
    from studio.generate.outputs.projected import render

    with replacing(run_dir / PICTURE, durable=False) as file:
        Image.fromarray(to_uint8(render(projector, projection))[0]).save(file, format="PNG")


def _keep(
    run_dir: Path,
    network: Network,
    projector: Projector,
    projection: Projection,
    network_name: str,
    photograph: str,
) -> None:
    """The result so far, in place of an earlier one of this run."""
    from studio.generate.outputs.projected import write_projection

    kept = run_dir / RESULT
    with building(kept) as part:
        write_projection(
            part, network, projector, projection, network_name=network_name, photograph=photograph
        )
        shutil.rmtree(kept, ignore_errors=True)


def start_morph(run_dir: Path, session: MorphSession, out: Path) -> None:
    """Write a morph's frames in a process of its own."""
    params = MorphParams(session=session.model_dump(), out=out)
    jobs.create(run_dir, JobSpec.of(MORPH, f"Morph to {out.name}", params))
    jobs.start(run_dir)


def run_job_morph(context: JobContext[MorphParams]) -> dict[str, Any]:
    """The job: frames, contact sheet, latents and film of a session."""
    from studio.generate.session import session_of
    from studio.workflows.generate.morph import morph_session

    session = session_of(context.params.session)
    out = context.params.out
    context.progress(0, session.steps, "rendering")
    report = morph_session(session, out, stop=context.stop_requested)
    context.progress(session.steps, session.steps)
    ratios = report.step_ratios
    return {"folder": str(out), "step_ratio": ratios.get("lite0"), "step_ratios": ratios}
