"""A projection on disk: `projected_w.npz`, `proj.png`, `target.png`, as the official tool's."""

from pathlib import Path

import torch

from studio.generate.latent.noise import lent
from studio.generate.network import Network, to_uint8
from studio.generate.outputs.folder import OutputFolder, w_hash, write_latent
from studio.generate.projection.project import Projection, Projector


def write_projection(
    out: Path, network: Network, projector: Projector, projection: Projection, **settings: object
) -> Path:
    """Write the three files and the manifest into `out`; returns the manifest.

    The noise maps lie in the `.npz` beside `w`: the picture is the one that was found, not
    another with the network's own noise.
    """
    plan = projector.plan
    folder = OutputFolder(
        out,
        network,
        str(settings.pop("network_name", "")),
        {
            "method": plan.method,
            "steps": plan.steps,
            "steps_done": projection.steps_done,
            "finished": projection.finished,
            "seed": plan.seed,
            "distance": projector.distance.name,
            "first_distance": projection.first_distance,
            "last_distance": projection.distance,
            **settings,
        },
    )
    write_latent(folder.target("projected_w.npz"), projection.ws, projection.noise)
    folder.note("projected_w.npz", w_sha256=w_hash(projection.ws))
    folder.picture("proj.png", to_uint8(render(projector, projection))[0])
    folder.picture("target.png", to_uint8(projector.target)[0], synthetic=False)
    return folder.finish()


@torch.no_grad()
def render(projector: Projector, projection: Projection) -> torch.Tensor:
    """The picture `[1, C, R, R]` of a projection, with its own noise maps."""
    synthesis = projector.search.synthesis
    with lent(synthesis, projection.noise):
        picture: torch.Tensor = synthesis(projection.ws, "const")
    return picture
