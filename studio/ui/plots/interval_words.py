"""What stands beside a figure: its interval or limit, how that was made, what counted once."""

import math

from PySide6.QtCore import QCoreApplication

from studio.results.scores import decimal
from studio.stats import Auc, RocBand


def tr(text: str) -> str:
    return QCoreApplication.translate("IntervalWords", text)


def auc_text(auc: Auc, whole: bool = True) -> str:
    """ "AUC 0.892 (0.841 to 0.931)", and a word where there is no interval or no AUC.

    With perfect separation the limit that stands in for an interval, marked as one-sided. Shorter,
    for curves that stand beside another, without `whole`.
    """
    if math.isnan(auc.value):
        return tr("AUC undefined")
    if auc.bounded:
        words = tr("AUC {0} ({1}, one-sided)") if whole else tr("{0} ({1})")
        return words.format(decimal(auc.value), limit_text(auc))
    if not auc.estimable:
        return tr("AUC {0}, interval not estimable").format(decimal(auc.value))
    words = tr("AUC {0} ({1} to {2})") if whole else tr("{0} ({1} to {2})")
    return words.format(*map(decimal, (auc.value, auc.low, auc.high)))


def limit_text(auc: Auc) -> str:
    """ "at least 0.741", of an AUC that has a limit in the place of an interval."""
    words = tr("at least {0}") if auc.value > auc.bound else tr("at most {0}")
    return words.format(decimal(auc.bound))


def method_text(auc: Auc) -> tuple[str, ...]:
    """How the interval of an AUC was made, longer and shorter: "95 % DeLong; groups unknown: each
    image counts as independent". Empty where there is none."""
    if not auc.method:
        return ()
    known = {"DeLong": tr("DeLong"), "clustered DeLong": tr("clustered DeLong")}
    made = tr("{0:g} % {1}").format(100 * auc.level, known.get(auc.method, tr("exact, one-sided")))
    return tuple(f"{made}; {words}" for words in counting_text(auc.groups, auc.images))


def counting_text(groups: int, images: int) -> tuple[str, ...]:
    """What counted as independent, longer and shorter."""
    if not groups:
        return tr("groups unknown: each image counts as independent"), tr("groups unknown")
    if groups == images:
        return (tr("each image is its own group"),)
    counts = f"{images:,}", f"{groups:,}"
    return tr("{0} images in {1} groups").format(*counts), tr("{0} groups").format(counts[1])


def band_text(band: RocBand) -> str:
    """What a band holds."""
    words = tr("{0:g} % band at each point")
    if band.simultaneous:
        words = tr("{0:g} % band for the whole curve")
    return words.format(100 * band.level)
