"""Plans to begin with: the paper's three stages, and a small one for the computer at hand."""

from typing import Any

from studio.workflows.generate.stages import Stage, StageData, StagePlan, Start

_PAPER: dict[str, Any] = {
    "resolution": 512,
    "mirror": True,
    "map_depth": 2,
    "glr": 0.003,
    "dlr": 0.003,
}
_FINE: dict[str, Any] = {**_PAPER, "gamma": 32.0, "freezed": 13, "kimg": 500.0, "batch": 16}

PRETRAINING = "LESION130k"


def paper() -> StagePlan:
    """The recipe of Cho et al. 2023: ffhq512, LESION130k, then melanoma, nevus, and both."""
    begun = Start(kind="stage", stage=PRETRAINING)
    pretrained = Stage(
        name=PRETRAINING,
        start=Start(
            kind="network",
            wanted="The published ffhq512 network, stylegan2-ffhq-512x512.pkl or as converted.",
        ),
        data=StageData(
            wanted="LESION130k: 132,673 lesion crops from 18,482 sites, a folder or zip of 512 px."
        ),
        settings={**_PAPER, "gamma": 8.2, "kimg": 10_000.0, "batch": 16, "batch_gpu": 8},
        note="The paper used two GPUs, 8 pictures on each.",
    )
    return StagePlan(
        title="Paper: Cho et al. 2023",
        stages=(
            pretrained,
            _fine("Melanoma", "The 908 melanomas of CAN2000.", begun),
            _fine("Nevus", "The 1,098 nevi of CAN2000.", begun),
            _fine(
                "Both",
                "All 2,006 crops of CAN2000: without telling the network their classes.",
                begun,
                batch=32,
                batch_gpu=16,
            ),
        ),
    )


def _fine(name: str, wanted: str, start: Start, **settings: Any) -> Stage:
    gpus = "two GPUs" if settings else "one GPU"
    return Stage(
        name=name,
        start=start,
        data=StageData(wanted=wanted),
        settings={**_FINE, **settings},
        note=f"The paper used {gpus}.",
    )


def small(data: StageData | None = None) -> StagePlan:
    """One stage that two processor cores finish in hours: 64 px, few channels, told the class."""
    return StagePlan(
        title="Small, for this computer",
        stages=(
            Stage(
                name="Small network",
                data=data or StageData(kind="sample"),
                settings={
                    "resolution": 64,
                    "gamma": 0.1,
                    "kimg": 120.0,
                    "batch": 16,
                    "mirror": True,
                    "cond": True,
                    "cbase": 2048,
                    "cmax": 128,
                    "z_dim": 128,
                    "w_dim": 128,
                    "tick": 1.0,
                    "snap": 5,
                },
                note="About 40 to 75 s a kimg on two processor cores.",
            ),
        ),
    )
