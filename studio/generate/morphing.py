"""What a session means on a network: endpoints, style mixing and directions become a path."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from studio.errors import StudioError
from studio.generate.latent.directions import Directions, closed_form, principal_components
from studio.generate.latent.layers import mix, rows_of
from studio.generate.latent.noise import NoiseMaps, drawn_maps, own_maps, scaled
from studio.generate.latent.path import LatentPath
from studio.generate.latent.seeds import random_latents
from studio.generate.network import Network
from studio.generate.networks.generator import NoiseMode
from studio.generate.outputs.folder import read_latent, read_noise
from studio.generate.session import Endpoint, MorphSession, Move

CLOUD, CLOUD_SEED = 4096, 123  # random w that directions and their units are measured on
DIRECTIONS = 8  # of each kind


@dataclass(frozen=True, eq=False)
class ResolvedEndpoint:
    """One end of a path: a latent `[L, W]`, and the noise maps that a projection found."""

    ws: Tensor
    noise: NoiseMaps | None = None


def resolve_endpoint(network: Network, endpoint: Endpoint, truncation: float) -> ResolvedEndpoint:
    """The latent that an endpoint names; truncation is for seeds only.

    StudioError when the file is missing or of another network, or a photograph not yet projected.
    """
    if endpoint.kind == "seed":
        c = network.class_vector(endpoint.class_name)
        return ResolvedEndpoint(
            network.mapping(network.latent(endpoint.seed or 0), c, truncation)[0].cpu()
        )
    if endpoint.latent is None:
        name = Path(endpoint.photograph or "").name
        raise StudioError(f"{name or 'The photograph'} is not projected yet: project it first.")
    path = Path(endpoint.latent)
    return ResolvedEndpoint(read_latent(path, network)[0], read_noise(path, network))


class DirectionSet:
    """The directions of one network and their units, each computed when first asked for."""

    def __init__(self, network: Network, class_name: str | None = None) -> None:
        self._network = network
        self._class = class_name
        self._ws: Tensor | None = None
        self._known: dict[str, Directions] = {}

    @property
    def ws(self) -> Tensor:
        """Random w `[4096, W]`."""
        if self._ws is None:
            z = random_latents(CLOUD, self._network.config.z_dim, CLOUD_SEED)
            c = self._network.class_vector(self._class)
            classes = None if c is None else c.expand(CLOUD, -1)
            self._ws = self._network.mapping(z.to(self._network.device), classes)[:, 0].cpu()
        return self._ws

    def directions(self, kind: str) -> Directions:
        """The `pca` or `closed_form` directions."""
        if kind not in self._known:
            self._known[kind] = (
                principal_components(self.ws, DIRECTIONS)
                if kind == "pca"
                else closed_form(self._network.generator.synthesis, k=DIRECTIONS)
            )
        return self._known[kind]

    def step(self, move: Move) -> Tensor:
        """The move as a vector `[W]`; its amount counts standard deviations of random w."""
        if move.vector is not None:
            vector = torch.tensor(move.vector, dtype=torch.float32)
        elif move.kind == "boundary":
            raise StudioError("The boundary of the classes is not computed in this session.")
        else:
            vectors = self.directions(move.kind).vectors
            vector = vectors[min(move.index, len(vectors) - 1)].cpu()
        if len(vector) != self.ws.shape[1]:
            raise StudioError(f"A direction of {len(vector)} numbers does not fit this network.")
        return vector * (move.amount * float((self.ws @ vector).std()))


def path_of(
    network: Network,
    session: MorphSession,
    keyframes: Sequence[ResolvedEndpoint],
    directions: DirectionSet,
) -> LatentPath:
    """The path of a session through the latents of its `endpoints`; with no style and no moves it
    passes exactly through those given.

    Random noise is drawn once from the session's seed, so that a picture depends on its place on
    the path alone; it takes the place of what a projection found.
    """
    first, *inner, last = [_edited(network, session, end.ws, directions) for end in keyframes]
    noises = _noises(network, session, keyframes)
    mode: NoiseMode = "none" if session.noise_mode == "none" else "const"
    return LatentPath(
        first,
        last,
        noises[0] if noises else None,
        noises[-1] if noises else None,
        session.path_reach,
        mode,
        tuple(inner),
        tuple(noises[1:-1]),
    )


def _noises(
    network: Network, session: MorphSession, keyframes: Sequence[ResolvedEndpoint]
) -> list[NoiseMaps]:
    """The maps at each keyframe; empty where all have the network's own, as they are."""
    synthesis, strength = network.generator.synthesis, session.noise_strength
    if session.noise_mode == "random":
        return [scaled(drawn_maps(synthesis, session.noise_seed), strength)] * len(keyframes)
    if strength == 1 and all(one.noise is None for one in keyframes):
        return []
    own = scaled(own_maps(synthesis), strength)
    return [own if one.noise is None else scaled(one.noise, strength) for one in keyframes]


def _edited(
    network: Network, session: MorphSession, ws: Tensor, directions: DirectionSet
) -> Tensor:
    if session.style_from is not None:
        c = network.class_vector(session.source.class_name)
        style = network.mapping(network.latent(session.style_from), c, session.truncation)[0]
        ws = mix(ws, style.cpu(), rows_of("colour", len(ws)))
    return moved(ws, session.moves, directions)


def moved(ws: Tensor, moves: Sequence[Move], directions: DirectionSet) -> Tensor:
    """A latent `[L, W]` with every row moved along the directions."""
    for move in moves:
        if move.amount:
            ws = ws + directions.step(move)
    return ws
