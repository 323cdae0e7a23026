"""Probabilities of a network for a split, their table of scores and what the ROC says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from studio.classify.classes import ClassMap
from studio.compute.interruption import Interrupted, interruptible
from studio.opening import finite
from studio.stats import auc_delong, counting
from studio.stats.groups import group_count, group_numbers
from studio.tables import writing_table

if TYPE_CHECKING:
    import torch

    from studio.classify.engine import Engine

Probabilities = npt.NDArray[np.float64]
Square = tuple[float, float, float]
LEVEL = 0.95  # of every interval
# Fields of a summary that say how its interval was made; events carry them.
ABOUT = ("auc_bound", "estimable", "level", "method", "groups", "counting")


@dataclass(frozen=True)
class Scores:
    """Probabilities ``[N, C]`` of N pictures, with their files and true class numbers ``[N]``.

    ``squares`` are (cx, cy, side) in the raw frame of pictures that are a crop of their file, None
    of whole ones; empty where all are whole. ``groups`` name what each picture belongs to, None
    where nothing is known of it; empty where nothing is known of any. ``digests`` are the SHA-256
    sums of the files' bytes.
    """

    files: Sequence[str]
    targets: npt.NDArray[np.int64]
    probabilities: Probabilities
    classes: ClassMap
    squares: Sequence[Square | None] = ()
    groups: Sequence[str | None] = ()
    digests: Sequence[str] = ()

    def write(self, path: Path, *, digests: bool = False) -> None:
        """``file,label,score`` with score = probability of the positive class.

        With more than two classes, one column ``p_<class>`` for each follows; where there are
        crops, ``square`` ("cx cy side") says which part of the file was scored, and where groups
        are known, ``group`` says what the picture belongs to. With ``digests`` the last column,
        ``sha256``, is that of each file, so that a figure leads back to the bytes.
        """
        names = self.classes.names
        several, crops, grouped = len(names) > 2, any(self.squares), any(self.groups)
        columns = ["file", "label", "score"]
        columns += [f"p_{name}" for name in names] if several else []
        columns += [*(["square"] if crops else []), *(["group"] if grouped else [])]
        columns += ["sha256"] if digests else []
        path.parent.mkdir(parents=True, exist_ok=True)
        with writing_table(path, columns) as table:
            for number, (file, target) in enumerate(zip(self.files, self.targets, strict=True)):
                own = self.probabilities[number]
                shown = [_number(own[self.classes.positive_index])]
                shown += [_number(p) for p in own] if several else []
                shown += [" ".join(map(str, self.squares[number] or ()))] if crops else []
                shown += [self.groups[number] or ""] if grouped else []
                shown += [self.digests[number]] if digests else []
                table.row([file, names[target], *shown])

    def log_loss(self) -> float | None:
        """Mean cross-entropy, None of no picture."""
        if len(self.targets) == 0:
            return None
        own = self.probabilities[np.arange(len(self.targets)), self.targets]
        return float(-np.log(np.clip(own, 1e-12, 1)).mean())

    def summary(self) -> dict[str, Any]:
        """AUC of the positive class and of each class against the rest, with 95 % intervals.

        ``{n, positive, auc, auc_low, auc_high, auc_bound, estimable, level, method, groups,
        counting, classes: {name: {n, auc, low, high, bound, estimable, method}}, macro}``. An AUC
        of a class without examples (or of nothing but examples) is None, never 0; ``macro`` is the
        mean over classes, None when one of them is undefined. ``bound`` is the exact one-sided
        limit that stands in for an interval where a class is separated perfectly, ``method`` names
        what interval or limit was made by, ``groups`` how many groups were known (None: unknown),
        ``counting`` says the same in words.
        """
        classes = {name: self._one_against_rest(k) for k, name in enumerate(self.classes.names)}
        own = classes[self.classes.positive]
        values = [entry["auc"] for entry in classes.values()]
        groups = group_count(group_numbers(self.groups or None, len(self.targets)))
        return {
            "n": len(self.targets),
            "positive": self.classes.positive,
            "auc": own["auc"],
            "auc_low": own["low"],
            "auc_high": own["high"],
            "auc_bound": own.get("bound"),
            "estimable": own["estimable"],
            "level": LEVEL,
            "method": own.get("method"),
            "groups": groups or None,
            "counting": counting(groups, len(self.targets)),
            "classes": classes,
            "macro": None if None in values else sum(values) / len(values),
        }

    def _one_against_rest(self, index: int) -> dict[str, Any]:
        positive = self.targets == index
        n = int(positive.sum())
        if n == 0 or n == len(positive):
            return {"n": n, "auc": None, "low": None, "high": None, "estimable": False}
        auc = auc_delong(self.probabilities[:, index], positive, LEVEL, self.groups or None)
        return {
            "n": n,
            "auc": finite(auc.value),
            "low": finite(auc.low),
            "high": finite(auc.high),
            "bound": finite(auc.bound),
            "estimable": bool(auc.estimable),
            "method": auc.method or None,
        }


def predict(
    engine: Engine,
    count: int,
    pixels: Callable[[torch.Tensor], torch.Tensor],
    stop_requested: Callable[[], bool] = lambda: False,
    *,
    flips: bool = False,
) -> Probabilities | None:
    """Probabilities ``[count, C]`` in evaluation mode; None when asked to stop.

    ``pixels`` gives uint8 ``[B, S, S, 3]`` for positions. Batches are large, and halved when they
    do not fit into memory. ``flips`` averages over mirrored copies (``Engine.probabilities``).
    """
    import torch

    from studio.classify.engine import is_out_of_memory

    parts: list[Probabilities] = []
    position, batch = 0, engine.evaluation_batch
    while position < count:
        if stop_requested():
            return None
        chosen = torch.arange(position, min(position + batch, count))
        try:
            with interruptible(stop_requested, engine.device):
                parts.append(engine.probabilities(pixels(chosen), flips=flips))
        except Interrupted:
            return None
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error) or batch == 1:
                raise
            batch = engine.evaluation_batch = max(1, batch // 2)
            continue
        position += len(chosen)
    return np.concatenate(parts) if parts else np.empty((0, engine.class_count))


def _number(value: float) -> str:
    return f"{value:.9g}"
