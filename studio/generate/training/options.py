"""How a network is trained: every knob, its default and its limits."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from studio.errors import UsageError
from studio.generate.networks.config import DiscriminatorConfig, GeneratorConfig
from studio.options import Option, options_of

Augmentation = Literal["ada", "fixed", "none"]
Pipeline = Literal[
    "blit", "geom", "color", "filter", "noise", "cutout", "bg", "bgc", "bgcf", "bgcfn", "bgcfnc"
]

# Published constants of the method, which are not tuned.
R1_INTERVAL, PATH_LENGTH_INTERVAL = 16, 4  # steps between two regularisations
ADA_INTERVAL = 4  # steps between two moves of p
ADA_KIMG, ADA_KIMG_TRANSFER = 500, 100  # kimg in which p goes from 0 to 1
EMA_RAMP_UP = 0.05

_SPACES = "lite0, inception:FILE, dino:FILE or none"
_SIZES = tuple((2**n, f"{2**n} px") for n in range(4, 11))


class TrainOptions(BaseModel):
    """The options of one run. Defaults are those of the official tool for `cfg=stylegan2`, but
    for the two mapping layers and the picture held out in twenty of the paper's recipe and ours."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    # What one sets for every training.
    resolution: Annotated[
        int, Option("Side in px, a power of two.", title="Resolution", tier="main", values=_SIZES)
    ] = Field(ge=8, le=1024)
    kimg: Annotated[
        float,
        Option(
            "Thousands of real pictures to show, in all.",
            may_change_on_resume=True,
            title="Length, kimg",
            tier="main",
            step=10,
            decimals=3,
        ),
    ] = Field(25_000, ge=0.001, le=1e6)
    gamma: Annotated[
        float,
        Option(
            "Weight of R1: more for few pictures and high resolutions.",
            title="γ, weight of R1",
            tier="main",
            step=0.1,
            decimals=4,
        ),
    ] = Field(ge=0, le=1e6)
    batch: Annotated[
        int, Option("Pictures a step, in all processes.", title="Batch", tier="main", step=4)
    ] = Field(16, ge=1, le=4096)
    freezed: Annotated[
        int,
        Option(
            "Layers of the discriminator that do not learn, from the highest.",
            title="Freeze-D, layers",
            tier="main",
        ),
    ] = Field(0, ge=0, le=64)
    aug: Annotated[
        Augmentation,
        Option(
            "Augmentation of the discriminator's pictures: ada, fixed or none.",
            title="Augmentation",
            tier="main",
            values=(("ada", "Adaptive"), ("fixed", "Fixed"), ("none", "None")),
        ),
    ] = "ada"
    seed: Annotated[int, Option("Of everything random.", title="Seed", tier="main")] = Field(
        0, ge=0, lt=1 << 31
    )
    mirror: Annotated[
        bool, Option("Show each picture flipped too.", title="Mirrored pictures too", tier="main")
    ] = False
    cond: Annotated[
        bool,
        Option("One network for all classes.", title="Tell the network the class", tier="main"),
    ] = False
    begin_from: Annotated[
        str | None, Option("A network file to begin from, or sample.", flag="--resume")
    ] = Field(None, alias="resume")  # the official tool's name, in files and on the command line

    # What the published method sets, and few change.
    batch_gpu: Annotated[
        int | None,
        Option(
            "Pictures at once in one process, the rest is accumulated; all without it.",
            may_change_on_resume=True,
            title="Batch at once",
            tier="more",
            none="all",
        ),
    ] = Field(None, ge=1, le=4096)
    target: Annotated[
        float,
        Option(
            "Target of --aug ada: mean sign of the discriminator on real pictures.",
            title="ADA target",
            tier="more",
            step=0.05,
            decimals=2,
        ),
    ] = Field(0.6, ge=-1, le=1)
    aug_p: Annotated[
        float,
        Option(
            "Strength of --aug fixed.",
            title="Fixed p",
            tier="more",
            flag="--p",
            step=0.05,
            decimals=2,
        ),
    ] = Field(0.2, ge=0, le=1)
    map_depth: Annotated[
        int, Option("Layers of the mapping.", title="Mapping layers", tier="more")
    ] = Field(2, ge=1, le=16)
    glr: Annotated[
        float,
        Option(
            "Learning rate of the generator.",
            title="Rate of G",
            tier="more",
            step=0.0005,
            decimals=5,
        ),
    ] = Field(0.002, gt=0, le=1)
    dlr: Annotated[
        float,
        Option(
            "Learning rate of the discriminator.",
            title="Rate of D",
            tier="more",
            step=0.0005,
            decimals=5,
        ),
    ] = Field(0.002, gt=0, le=1)
    cbase: Annotated[
        int, Option("Channels times resolution.", title="Channels, base", tier="more", step=1024)
    ] = Field(32768, ge=64, le=1 << 20)
    cmax: Annotated[int, Option("Most channels.", title="Channels, most", tier="more", step=32)] = (
        Field(512, ge=8, le=2048)
    )
    z_dim: Annotated[int, Option("Width of z.", title="Size of z", tier="more", step=32)] = Field(
        512, ge=1, le=2048
    )
    w_dim: Annotated[int, Option("Width of w.", title="Size of w", tier="more", step=32)] = Field(
        512, ge=1, le=2048
    )
    tick: Annotated[
        float,
        Option(
            "kimg between two lines of stats.jsonl.",
            may_change_on_resume=True,
            title="kimg a tick",
            tier="more",
            step=0.5,
            decimals=3,
        ),
    ] = Field(4.0, gt=0, le=1e6)
    snap: Annotated[
        int,
        Option(
            "Ticks between two snapshots.",
            may_change_on_resume=True,
            title="Ticks a snapshot",
            tier="more",
        ),
    ] = Field(50, ge=1, le=1_000_000)
    fakes: Annotated[
        int,
        Option(
            "Pictures that the metrics look at.",
            may_change_on_resume=True,
            title="Pictures measured",
            tier="more",
            step=100,
        ),
    ] = Field(500, ge=10, le=50_000)
    hold_out: Annotated[
        float,
        Option(
            "Part of the pictures kept back to check for memorised ones.",
            title="Held out",
            tier="more",
            step=0.01,
            decimals=3,
        ),
    ] = Field(0.05, ge=0, le=0.5)
    metrics: Annotated[
        str,
        Option(
            f"Feature space of the metrics at each snapshot: {_SPACES}.",
            may_change_on_resume=True,
            title="Metrics space",
            tier="more",
            allowed=_SPACES,
        ),
    ] = Field("lite0", pattern=r"^(none|lite0|(inception|dino):.+)$")

    # What only a file sets.
    img_channels: Literal[1, 3] = 3
    mbstd_group: int = Field(4, ge=1, le=64)
    pl_weight: float = Field(2.0, ge=0, le=1e3)
    style_mixing: float = Field(0.9, ge=0, le=1)
    pipeline: Pipeline = "bgc"
    ema_kimg: float | None = Field(None, ge=0)  # half life of the average; None: batch · 10 / 32
    fp16_res: int = Field(4, ge=0, le=10)  # resolutions in half precision on CUDA

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.resolution & (self.resolution - 1):
            raise ValueError(f"the resolution must be a power of two, not {self.resolution}")
        if self.cbase < self.resolution:
            raise ValueError(f"cbase must be {self.resolution} or more, or no channel is left")
        if self.freezed > self._layers:
            raise ValueError(
                f"freeze-D takes at most {self._layers} layers at {self.resolution} px, not "
                f"{self.freezed}"
            )
        self._at_once(1)
        return self

    @property
    def _layers(self) -> int:
        """Layers of the discriminator before its last ones, which always learn: three for each
        resolution above 4 px, and the one that takes the colours in."""
        return 3 * (self.resolution.bit_length() - 3) + 1

    def at_once(self, processes: int) -> int:
        """Pictures that each of so many processes takes at once; UsageError when that does not
        come out even."""
        try:
            return self._at_once(processes)
        except ValueError as error:
            text = str(error)
            raise UsageError(f"{text[0].upper()}{text[1:]}.") from None

    def _at_once(self, processes: int) -> int:
        share = self.batch_gpu or max(self.batch // processes, 1)
        if self.batch % (processes * share):
            who = f"{processes} processes with {share}" if processes > 1 else f"rounds of {share}"
            raise ValueError(f"a batch of {self.batch} cannot be shared by {who} pictures at once")
        if share % self.mbstd_group:
            raise ValueError(
                f"the discriminator compares groups of {self.mbstd_group} pictures, and {share} at "
                "once are not whole groups: choose a multiple"
            )
        return share

    def to_json(self) -> dict[str, Any]:
        """As JSON values, with the names that files have: `begin_from` is `resume` there."""
        return self.model_dump(mode="json", by_alias=True)

    def changed_since(self, before: dict[str, Any]) -> list[str]:
        """The names of the options whose values differ from those of a run (`to_json`) that is to
        be resumed, in order. Those that `may_change_on_resume` are not looked at."""
        may = {name for name, one in options_of(type(self)).items() if one.may_change_on_resume}
        return sorted(
            name
            for name, value in self.to_json().items()
            if name not in may and value != before.get(name)
        )

    @property
    def transfer(self) -> bool:
        return self.begin_from is not None

    @property
    def images(self) -> int:
        """Real pictures to show in all."""
        return round(self.kimg * 1000)

    @property
    def ada_kimg(self) -> float:
        return ADA_KIMG_TRANSFER if self.transfer else ADA_KIMG

    @property
    def average_half_life(self) -> float:
        """Pictures in which the moving average forgets half."""
        kimg = self.batch * 10 / 32 if self.ema_kimg is None else self.ema_kimg
        return kimg * 1000

    def generator(self, c_dim: int) -> GeneratorConfig:
        return GeneratorConfig(
            resolution=self.resolution,
            img_channels=self.img_channels,
            c_dim=c_dim,
            channel_base=self.cbase,
            channel_max=self.cmax,
            num_fp16_res=self.fp16_res,
            z_dim=self.z_dim,
            w_dim=self.w_dim,
            mapping_layers=self.map_depth,
        )

    def discriminator(self, c_dim: int) -> DiscriminatorConfig:
        return DiscriminatorConfig(
            resolution=self.resolution,
            img_channels=self.img_channels,
            c_dim=c_dim,
            channel_base=self.cbase,
            channel_max=self.cmax,
            num_fp16_res=self.fp16_res,
            architecture="resnet",
            mbstd_group=self.mbstd_group,
            freeze_layers=self.freezed,
        )


def require_nothing_frozen(layers: int, begun_from: str = "") -> None:
    """UsageError where layers of a discriminator are to stay as they are that is not read from the
    file `begun_from`, "" for none, but new: they would be noise to the end."""
    if layers:
        why = f"{begun_from} holds no discriminator" if begun_from else "there is no --resume"
        raise UsageError(
            f"--freezed {layers} keeps layers as they were learnt, and {why}: begin from a network "
            "with its discriminator, or leave --freezed out."
        )
