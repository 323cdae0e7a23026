"""The shape of a network: what a file must say so that it can be built again."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from studio.errors import UsageError

Architecture = Literal["orig", "skip", "resnet"]

# A few bytes of a file are not to ask for all memory: four times what was ever published.
MOST_CHANNELS, MOST_CLASSES = 2048, 100_000


class NetworkConfig(BaseModel):
    """What both networks share; defaults are `cfg=stylegan2` of the paper's recipe."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    resolution: int = Field(ge=4, le=4096)  # pixels, a power of two
    img_channels: int = Field(3, ge=1, le=4)
    c_dim: int = Field(0, ge=0, le=MOST_CLASSES)  # classes; 0 when unconditional
    channel_base: int = Field(32768, ge=1)
    channel_max: int = Field(512, ge=1, le=MOST_CHANNELS)
    architecture: Architecture
    conv_clamp: float | None = 256
    num_fp16_res: int = Field(4, ge=0)  # resolutions in half precision on CUDA, from the top

    @model_validator(mode="after")
    def _power_of_two(self) -> Self:
        if self.resolution & (self.resolution - 1):
            raise ValueError(f"the resolution must be a power of two, not {self.resolution}")
        return self

    @property
    def resolutions(self) -> list[int]:
        """4, 8, … up to the full resolution."""
        return [2**i for i in range(2, self.resolution.bit_length())]

    def channels(self, resolution: int) -> int:
        return min(self.channel_base // resolution, self.channel_max)

    def half_precision(self, resolution: int) -> bool:
        """Whether this resolution's block runs in float16 on CUDA; never below 8 px."""
        lowest = 1 << max(self.resolution.bit_length() - self.num_fp16_res, 0)
        return resolution >= max(lowest, 8)


class GeneratorConfig(NetworkConfig):
    """What defines a generator."""

    z_dim: int = Field(512, ge=0, le=MOST_CHANNELS)
    w_dim: int = Field(512, ge=1, le=MOST_CHANNELS)
    mapping_layers: int = Field(2, ge=1, le=32)
    architecture: Architecture = "skip"
    use_noise: bool = True

    @property
    def num_ws(self) -> int:
        """Rows of a W+ latent: one for each convolution, and one for the last colours."""
        return 2 * len(self.resolutions)


class DiscriminatorConfig(NetworkConfig):
    """What defines a discriminator."""

    architecture: Architecture = "resnet"
    mbstd_group: int | None = Field(4, ge=1)  # samples compared with one another
    mbstd_channels: int = Field(default=1, ge=0)
    mapping_layers: int = Field(default=8, ge=1, le=32)
    freeze_layers: int = Field(0, ge=0)  # counted from the highest resolution


_OPTIONS = {
    "resolution": "--resolution", "channel_base": "--cbase", "channel_max": "--cmax",
    "z_dim": "--z-dim", "w_dim": "--w-dim", "mapping_layers": "--map-depth",
}  # fmt: skip
"""How the training command calls what may differ."""


def require_same_shape(theirs: GeneratorConfig, ours: GeneratorConfig, name: str) -> None:
    """UsageError where the generator of the file `name` is not of our shape, with what differs."""
    free = {"conv_clamp", "num_fp16_res"}
    there, here = theirs.model_dump(exclude=free), ours.model_dump(exclude=free)
    differ = [f"{key} {there[key]} and not {here[key]}" for key in here if there[key] != here[key]]
    if differ:
        options = " ".join(
            f"{_OPTIONS[key]} {there[key]}"
            for key in here
            if key in _OPTIONS and there[key] != here[key]
        )
        raise UsageError(
            f"{name} is a network of another shape: it has {', '.join(differ)}. "
            f"Train with the same{f' ({options})' if options else ''}, or begin from another file."
        )
