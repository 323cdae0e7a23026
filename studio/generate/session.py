"""The state of the morph workspace as a file: opened again, it shows the same picture."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from studio.errors import StudioError
from studio.generate.latent.layers import GROUPS, Group

SUFFIX = ".morph.json"


class Endpoint(BaseModel):
    """One end of a morph: a seed, a latent file, or a photograph with its projection."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["seed", "latent", "photograph"]
    seed: int | None = Field(default=None, ge=0, lt=2**32)
    latent: str | None = None  # path of the .npz
    photograph: str | None = None
    class_name: str | None = None

    def words(self) -> str:
        """As the command line names it."""
        if self.kind == "seed":
            return f"seed:{self.seed}"
        return self.latent or self.photograph or ""


class Move(BaseModel):
    """A step along a direction in w."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["pca", "closed_form", "boundary"]
    index: int = Field(default=0, ge=0)
    amount: float = Field(default=0.0, ge=-100, le=100)  # standard deviations of random w
    vector: list[float] | None = None  # where it cannot be found again from the network alone


class MorphSession(BaseModel):
    """Everything that decides what the workspace shows."""

    model_config = ConfigDict(extra="forbid")

    version: Literal[1] = 1
    network: str
    network_sha256: str
    source: Endpoint
    target: Endpoint
    positions: dict[Group, float] = Field(default_factory=lambda: dict.fromkeys(GROUPS, 0.0))
    groups_apart: bool = False
    spacing: Literal["w", "perceptual", "probability"] = "w"
    steps: int = Field(default=10, ge=2, le=1000)
    truncation: float = Field(default=1.0, ge=-2, le=2)
    noise_mode: Literal["const", "random", "none"] = "const"
    style_from: int | None = None  # a seed whose colour rows replace the path's
    moves: list[Move] = Field(default_factory=list)
    runs: list[str] = Field(default_factory=list)  # classifier runs whose curves show

    @property
    def plain(self) -> bool:
        """Whether options of the command line say everything, without the session's file."""
        same_class = self.source.class_name == self.target.class_name
        edited = self.style_from is not None or any(move.amount for move in self.moves)
        return same_class and not edited and self.noise_mode == "const"

    def command(self, out: str = "OUT", saved: str = f"SESSION{SUFFIX}") -> str:
        """The command that reproduces the morph, by the session's file `saved` if it must."""
        if not self.plain:
            return f"can-studio gan morph --session {_quoted(saved)} --out {out}"
        words = [
            "can-studio gan morph",
            f"--network {_quoted(self.network)}",
            f"--source {_quoted(self.source.words())}",
            f"--target {_quoted(self.target.words())}",
            f"--steps {self.steps}",
            f"--spacing {self.spacing}",
        ]
        if self.truncation != 1:
            words.append(f"--trunc {self.truncation:g}")
        if self.source.class_name is not None:
            words.append(f"--class {_quoted(self.source.class_name)}")
        if self.spacing == "probability" and self.runs:
            words.append(f"--run {_quoted(self.runs[0])}")
        return " ".join([*words, f"--out {out}"])


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)


def write_session(path: Path, session: MorphSession) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(session.model_dump_json(indent=1), encoding="utf-8")
    part.replace(path)


def read_session(path: Path) -> MorphSession:
    """StudioError when the file is no session, or of a newer version."""
    try:
        return MorphSession.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StudioError(f"{path} cannot be opened: {error.strerror}.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "its text"
        raise StudioError(f"{path.name} is no morph session: {where}: {first['msg']}.") from None
