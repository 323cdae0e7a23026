"""The state of the morph workspace as a file: opened again, it shows the same picture."""

from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from studio.errors import StudioError
from studio.files import write_text
from studio.generate.latent.layers import GROUPS, Group
from studio.validation import first_fault, read_model

MOST_STEPS = 10_000
MOST_VIA = 16
LARGEST = 1e30  # of a direction's numbers
Strict = ConfigDict(extra="forbid", allow_inf_nan=False)
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Fraction = Annotated[float, Field(ge=0, le=1)]
Film = Literal["mp4", "gif"]


class Endpoint(BaseModel):
    """One end of a morph: a seed, a latent file, or a photograph with its projection."""

    model_config = Strict

    kind: Literal["seed", "latent", "photograph"]
    seed: Seed | None = None
    latent: str | None = None  # path of the .npz
    photograph: str | None = None
    class_name: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Each kind has what it needs, and nothing of another kind."""
        if self.kind == "seed":
            self.latent = self.photograph = None
        else:
            self.seed = None
        if self.kind == "latent":
            self.photograph = None
        if self.seed is None and not self.latent and not self.photograph:
            needs = "number" if self.kind == "seed" else "file"
            raise ValueError(f"an end that is a {self.kind} needs its {needs}")
        return self


class Move(BaseModel):
    """A step along a direction in w."""

    model_config = Strict

    kind: Literal["pca", "closed_form", "boundary"]
    index: int = Field(default=0, ge=0, lt=2**16)
    amount: float = Field(default=0.0, ge=-100, le=100)  # standard deviations of random w
    # Where it cannot be found again from the network alone; up to 65,536 numbers.
    vector: list[float] | None = Field(default=None, max_length=2**16)

    @field_validator("vector")
    @classmethod
    def _as_used(cls, vector: list[float] | None) -> list[float] | None:
        """The numbers as torch computes with them, so that a file and a command hold the same."""
        if vector is None:
            return None
        if any(abs(number) > LARGEST for number in vector):
            raise ValueError("a number is too large")
        return [float(number) for number in np.asarray(vector, np.float32)]


def all_the_way() -> dict[Group, float]:
    """A reach of 1 for every group of layers."""
    return dict.fromkeys(GROUPS, 1.0)


class MorphSession(BaseModel):
    """Everything that decides what the workspace shows.

    Version 2 says how far each group of layers goes (`reach`) and where on the path one stands
    (`t`). Version 1 said where each group stood (`positions`), and is read as the path that ends
    there.
    """

    model_config = Strict

    version: Literal[2] = 2
    network: str
    network_sha256: str = Field(default="", pattern="^[0-9a-f]{0,64}$")  # "" where not known
    source: Endpoint
    target: Endpoint
    t: Fraction = 0.0  # where the slider stands: not part of what is exported
    groups_apart: bool = False
    reach: dict[Group, Fraction] = Field(default_factory=all_the_way)  # counts when apart
    spacing: Literal["w", "perceptual", "probability"] = "w"
    steps: int = Field(default=10, ge=2, le=MOST_STEPS)
    truncation: float = Field(default=1.0, ge=-100, le=100)
    noise_mode: Literal["const", "random", "none"] = "const"
    noise_seed: Seed = 0  # of the maps that "random" draws
    noise_strength: float = Field(default=1.0, ge=0, le=10)  # times what the network adds
    style_from: Seed | None = None  # a seed whose colour rows replace the path's
    moves: list[Move] = Field(default_factory=list)
    runs: list[str] = Field(default_factory=list)  # classifier runs whose curves show
    via: list[Endpoint] = Field(default_factory=list, max_length=MOST_VIA)  # between the ends
    closed: bool = False  # back to the source behind the target
    film: Film | None = None  # what an export adds to the frames
    fps: int = Field(default=12, ge=1, le=60)  # of the film
    seconds: float | None = Field(default=None, gt=0, le=600)  # of the film; None shows the frames

    @model_validator(mode="before")
    @classmethod
    def _from_version_1(cls, data: Any) -> Any:
        if not isinstance(data, dict) or data.get("version", 1) != 1:
            return data
        data = {**data, "version": 2}
        places = data.pop("positions", None)
        if not isinstance(places, dict):
            return data
        if data.get("groups_apart"):
            return {**data, "t": 1.0, "reach": places}
        return {**data, "t": places.get("shape", 0.0)}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if set(self.reach) != set(GROUPS):
            raise ValueError(f"a reach is given for {', '.join(GROUPS)}")
        if self.steps < len(self.endpoints):
            raise ValueError(
                f"{self.steps} steps are too few for {len(self.endpoints)} keyframes, "
                "each of which is a frame"
            )
        return self

    @property
    def endpoints(self) -> list[Endpoint]:
        """The keyframes in their order: the source, those between, the target, and the source
        again where the way is closed."""
        return [self.source, *self.via, self.target, *([self.source] if self.closed else [])]

    @property
    def path_reach(self) -> dict[Group, float]:
        """How far each group of layers goes from the source (0) to the target (1)."""
        return dict(self.reach) if self.groups_apart else all_the_way()

    @property
    def group_ts(self) -> dict[Group, float]:
        """Where each group of layers stands now."""
        return {group: self.t * reach for group, reach in self.path_reach.items()}


def write_session(path: Path, session: MorphSession) -> None:
    """Write the file of a session, whole or not at all."""
    write_text(path, session.model_dump_json(indent=1))


def read_session(path: Path) -> MorphSession:
    """Raises FileRefused when the file is not a session, or of a newer version."""
    return read_model(path, MorphSession, "a morph session")


def session_of(values: dict[str, Any]) -> MorphSession:
    """A session from loose values, as of a job file. Raises StudioError naming what is wrong."""
    try:
        return MorphSession.model_validate(values)
    except ValidationError as error:
        raise StudioError(f"That is not a morph session: {first_fault(error)}.") from None
