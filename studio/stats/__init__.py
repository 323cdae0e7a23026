"""ROC, DeLong, bootstrap and intervals: numpy and scipy only."""

from studio.stats.bootstrap import Band, bootstrap_band
from studio.stats.confusion import Confusion, confusion
from studio.stats.delong import Auc, Comparison, auc_delong, compare_delong
from studio.stats.intervals import Proportion, wilson
from studio.stats.operating_point import RULES, OperatingPoint, nearest_point, operating_point
from studio.stats.roc import Roc, roc_curve

__all__ = [
    "RULES",
    "Auc",
    "Band",
    "Comparison",
    "Confusion",
    "OperatingPoint",
    "Proportion",
    "Roc",
    "auc_delong",
    "bootstrap_band",
    "compare_delong",
    "confusion",
    "nearest_point",
    "operating_point",
    "roc_curve",
    "wilson",
]
