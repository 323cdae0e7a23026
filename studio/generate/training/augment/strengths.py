"""How often and how strongly each transform acts, and the published sets of transforms."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Strengths:
    """The transforms of Karras et al. 2020b, appendix B.

    The first field of each line is how often: a factor on the pipeline's probability p, 0 for
    never. The others are how strongly, with the paper's constants.
    """

    # Pixel blitting: whole pixels stay whole pixels.
    xflip: float = 0
    rotate90: float = 0
    xint: float = 0
    xint_max: float = 0.125  # share of the picture's side, either way

    # General geometry.
    scale: float = 0
    scale_std: float = 0.2  # of log2 of the factor
    rotate: float = 0
    rotate_max: float = 1  # half turns, either way
    aniso: float = 0
    aniso_std: float = 0.2  # of log2 of the factor
    xfrac: float = 0
    xfrac_std: float = 0.125  # share of the picture's side

    # Colour, for pictures in -1..1.
    brightness: float = 0
    brightness_std: float = 0.2
    contrast: float = 0
    contrast_std: float = 0.5  # of log2 of the factor
    lumaflip: float = 0
    hue: float = 0
    hue_max: float = 1  # half turns, either way
    saturation: float = 0
    saturation_std: float = 1  # of log2 of the factor

    # Filtering, and damage.
    imgfilter: float = 0
    imgfilter_bands: tuple[float, float, float, float] = (1, 1, 1, 1)  # how often, each band
    imgfilter_std: float = 1  # of log2 of a band's gain
    noise: float = 0
    noise_std: float = 0.1  # of the noise's own standard deviation
    cutout: float = 0
    cutout_size: float = 0.5  # side of the hole, as a share of the picture's

    @property
    def geometric(self) -> bool:
        """Whether any transform moves pixels."""
        blit = self.xflip or self.rotate90 or self.xint
        return bool(blit or self.scale or self.rotate or self.aniso or self.xfrac)

    @property
    def coloured(self) -> bool:
        """Whether any transform changes colours."""
        light = self.brightness or self.contrast or self.lumaflip
        return bool(light or self.hue or self.saturation)


_BLIT = {"xflip": 1, "rotate90": 1, "xint": 1}
_GEOM = {"scale": 1, "rotate": 1, "aniso": 1, "xfrac": 1}
_COLOR = {"brightness": 1, "contrast": 1, "lumaflip": 1, "hue": 1, "saturation": 1}
_FILTER, _NOISE, _CUTOUT = {"imgfilter": 1}, {"noise": 1}, {"cutout": 1}
_BGC = _BLIT | _GEOM | _COLOR

PIPELINES = MappingProxyType(
    {
        "blit": Strengths(**_BLIT),
        "geom": Strengths(**_GEOM),
        "color": Strengths(**_COLOR),
        "filter": Strengths(**_FILTER),
        "noise": Strengths(**_NOISE),
        "cutout": Strengths(**_CUTOUT),
        "bg": Strengths(**_BLIT, **_GEOM),
        "bgc": Strengths(**_BGC),
        "bgcf": Strengths(**_BGC, **_FILTER),
        "bgcfn": Strengths(**_BGC, **_FILTER, **_NOISE),
        "bgcfnc": Strengths(**_BGC, **_FILTER, **_NOISE, **_CUTOUT),
    }
)
"""The paper's sets by their published names; `bgc` is the one it recommends."""
