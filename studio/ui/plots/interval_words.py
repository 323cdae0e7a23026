"""What stands beside a figure: its interval or limit, how that was made, what counted once."""

import math

from PySide6.QtCore import QCoreApplication

from studio.stats import Auc, RocBand
from studio.wording import count, interval, number, percent


def tr(text: str) -> str:
    return QCoreApplication.translate("IntervalWords", text)


def auc_text(auc: Auc, whole: bool = True) -> str:
    """ "AUC 0.892 (0.841–0.931)", and a word where there is no interval or no AUC.

    With perfect separation the limit that stands in for an interval, marked as one-sided. Shorter,
    for curves that stand beside another, without `whole`.
    """
    if math.isnan(auc.value):
        return tr("AUC undefined")
    if auc.bounded:
        words = tr("AUC {0} ({1}, one-sided)") if whole else tr("{0} ({1})")
        return words.format(number(auc.value), limit_text(auc))
    if not auc.estimable:
        return tr("AUC {0}, interval not estimable").format(number(auc.value))
    words = tr("AUC {0}") if whole else "{0}"
    return words.format(interval(auc.value, auc.low, auc.high))


def limit_text(auc: Auc) -> str:
    """ "at least 0.741", of an AUC that has a limit in the place of an interval."""
    words = tr("at least {0}") if auc.value > auc.bound else tr("at most {0}")
    return words.format(number(auc.bound))


def method_text(auc: Auc) -> tuple[str, ...]:
    """How the interval of an AUC was made, longer and shorter: "95 % DeLong; groups unknown: each
    image counts as independent". Empty where there is none."""
    if not auc.method:
        return ()
    known = {"DeLong": tr("DeLong"), "clustered DeLong": tr("clustered DeLong")}
    made = tr("{0} {1}").format(
        percent(auc.level, 0), known.get(auc.method, tr("exact, one-sided"))
    )
    return tuple(f"{made}; {words}" for words in counting_text(auc.groups, auc.images))


def counting_text(groups: int, images: int) -> tuple[str, ...]:
    """What counted as independent, longer and shorter."""
    if not groups:
        return tr("groups unknown: each image counts as independent"), tr("groups unknown")
    if groups == images:
        return (tr("each image is its own group"),)
    counts = count(images), count(groups)
    return tr("{0} images in {1} groups").format(*counts), tr("{0} groups").format(counts[1])


def band_text(band: RocBand) -> str:
    """What a band holds."""
    words = tr("{0} band at each point")
    if band.simultaneous:
        words = tr("{0} band for the whole curve")
    return words.format(percent(band.level, 0))
