"""ROC, DeLong, bootstrap, intervals, and what a reader study needs: numpy and scipy only."""

from studio.stats.agreement import Agreement, cohen_kappa, fleiss_kappa, gwet_ac1
from studio.stats.auc_power import (
    auc_power,
    auc_variance,
    detectable_auc,
    detectable_difference,
)
from studio.stats.band import RocBand, roc_band
from studio.stats.calibration import (
    Calibration,
    DecisionCurve,
    IsotonicMap,
    calibration,
    decision_curve,
    isotonic,
    temperature,
    with_temperature,
)
from studio.stats.chosen import CHOSEN_METHOD, ChosenRates, chosen_rates
from studio.stats.confusion import Confusion, confusion
from studio.stats.crossed import PooledMean, jackknife, pooled_mean
from studio.stats.delong import Auc, Comparison, auc_delong, compare_delong
from studio.stats.detection import Detection, d_prime, detection
from studio.stats.equivalence import (
    Equivalence,
    approximate_power,
    equivalence,
    equivalence_from_error,
    equivalence_power,
    equivalence_size,
    exact_size,
)
from studio.stats.groups import counting
from studio.stats.hierarchical import MeanDifference, mean_difference
from studio.stats.intervals import Proportion, clopper_pearson, clustered_wilson, wilson
from studio.stats.macro import MacroAuc, compare_macro, macro_auc
from studio.stats.multiple_tests import holm
from studio.stats.operating_point import RULES, OperatingPoint, nearest_point, operating_point
from studio.stats.rate_difference import (
    RateDifference,
    RateTest,
    equal_rates,
    rate_difference,
)
from studio.stats.rates import Rates, rates_at
from studio.stats.reader_power import ReaderPlan, pooled_power
from studio.stats.roc import Roc, roc_curve
from studio.stats.signed_rank import SignedRank, signed_rank
from studio.stats.subgroups import (
    RateComparison,
    SubgroupComparison,
    compare_subgroups,
    top_accuracy,
)

__all__ = [
    "CHOSEN_METHOD",
    "RULES",
    "Agreement",
    "Auc",
    "Calibration",
    "ChosenRates",
    "Comparison",
    "Confusion",
    "DecisionCurve",
    "Detection",
    "Equivalence",
    "IsotonicMap",
    "MacroAuc",
    "MeanDifference",
    "OperatingPoint",
    "PooledMean",
    "Proportion",
    "RateComparison",
    "RateDifference",
    "RateTest",
    "Rates",
    "ReaderPlan",
    "Roc",
    "RocBand",
    "SignedRank",
    "SubgroupComparison",
    "approximate_power",
    "auc_delong",
    "auc_power",
    "auc_variance",
    "calibration",
    "chosen_rates",
    "clopper_pearson",
    "clustered_wilson",
    "cohen_kappa",
    "compare_delong",
    "compare_macro",
    "compare_subgroups",
    "confusion",
    "counting",
    "d_prime",
    "decision_curve",
    "detectable_auc",
    "detectable_difference",
    "detection",
    "equal_rates",
    "equivalence",
    "equivalence_from_error",
    "equivalence_power",
    "equivalence_size",
    "exact_size",
    "fleiss_kappa",
    "gwet_ac1",
    "holm",
    "isotonic",
    "jackknife",
    "macro_auc",
    "mean_difference",
    "nearest_point",
    "operating_point",
    "pooled_mean",
    "pooled_power",
    "rate_difference",
    "rates_at",
    "roc_band",
    "roc_curve",
    "signed_rank",
    "temperature",
    "top_accuracy",
    "wilson",
    "with_temperature",
]
