"""How often and how strongly each transform acts, and the published sets of transforms."""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any


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


_BLIT = ("xflip", "rotate90", "xint")
_GEOM = ("scale", "rotate", "aniso", "xfrac")
_COLOR = ("brightness", "contrast", "lumaflip", "hue", "saturation")
_BGC = _BLIT + _GEOM + _COLOR


def _always(*transforms: str) -> Strengths:
    """The `transforms` with probability p each, at the paper's strengths."""
    factors: dict[str, Any] = dict.fromkeys(transforms, 1)
    return Strengths(**factors)


PIPELINES = MappingProxyType(
    {
        "blit": _always(*_BLIT),
        "geom": _always(*_GEOM),
        "color": _always(*_COLOR),
        "filter": _always("imgfilter"),
        "noise": _always("noise"),
        "cutout": _always("cutout"),
        "bg": _always(*_BLIT, *_GEOM),
        "bgc": _always(*_BGC),
        "bgcf": _always(*_BGC, "imgfilter"),
        "bgcfn": _always(*_BGC, "imgfilter", "noise"),
        "bgcfnc": _always(*_BGC, "imgfilter", "noise", "cutout"),
    }
)
"""The paper's sets by their published names; `bgc` is the one it recommends."""
