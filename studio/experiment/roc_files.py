"""The scores of an experiment for pROC: a workbook for each class, and an R script that reads it.

`roc_<class>.xlsx` has a row an image: `dx` (1: of the class, 0: not), `pred` (the probability of
the class, averaged over the seeds) and `id` (the file). The script gives `levels` and `direction`
to pROC, which otherwise takes them from the data and so turns a curve below the diagonal over.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from studio.errors import StudioError
from studio.experiment.cells import FinishedRun, finished_runs, scores_of_class
from studio.experiment.folder import read_experiment
from studio.experiment.table_files import workbook_bytes
from studio.experiment.trainings import CellKey, told_apart
from studio.files import building, write_bytes, write_text
from studio.opening import shown_path
from studio.results.classifier_run import load_test_scores

SCRIPT = "roc.R"
_R = """# AUC with DeLong's interval of every roc_<class>.xlsx in this folder and below it.
# Rscript roc.R    (packages: pROC, readxl)
library(pROC)
library(readxl)

files <- list.files(".", "^roc_.*[.]xlsx$", recursive = TRUE)
for (file in files) {
  told <- as.data.frame(read_excel(file))
  if (length(unique(told$dx)) < 2) {
    cat(file, "undefined: one class only\\n")
    next
  }
  # dx is 1 where the image is of the class; a higher pred means more likely of it.
  curve <- roc(response = told$dx, predictor = told$pred, levels = c(0, 1), direction = "<")
  bounds <- ci.auc(curve, method = "delong")
  cat(sprintf("%s AUC %.6f (%.6f-%.6f), n = %d\\n", file, bounds[2], bounds[1], bounds[3],
              nrow(told)))
}
"""


def write_experiment_roc(folder: Path, out: Path) -> list[Path]:
    """As `write_roc_files`, of every cell of the experiment in `folder`. Raises StudioError where
    nothing of it has finished, too."""
    runs = finished_runs(read_experiment(folder))
    if not runs:
        raise StudioError(f"No training of {shown_path(folder)} has finished: run it first.")
    cell, own = next(iter(runs.items()))
    return write_roc_files(runs, load_test_scores(own[0].folder, cell.test).classes, out)


def write_roc_files(
    runs: Mapping[CellKey, Sequence[FinishedRun]], classes: Sequence[str], out: Path
) -> list[Path]:
    """Write `MIX/TEST/roc_<class>.xlsx` for every cell and the script beside them into a new
    folder; with several models their names come first. Returns the files.

    Raises StudioError where the folder is in use, it cannot be written or a run lacks its scores.
    """
    out = out.absolute()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise StudioError(f"{shown_path(out)} is not empty: choose another folder.")
    models = {key.model for key in runs}
    mixes, tests = (_apart(getattr(key, kind) for key in runs) for kind in ("mix", "test"))
    by_model, by_class = _apart(models), _apart(classes)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with building(out) as part:
            part.mkdir()
            for key, own in runs.items():
                model = [by_model[key.model]] if len(models) > 1 else []
                folder = part.joinpath(*model, mixes[key.mix], tests[key.test])
                folder.mkdir(parents=True, exist_ok=True)
                for name in classes:
                    write_bytes(folder / f"roc_{by_class[name]}.xlsx", _workbook(own, key, name))
            write_text(part / SCRIPT, _R)
    except OSError as error:
        raise StudioError(f"{shown_path(out)} cannot be written: {error.strerror}.") from error
    return sorted(path for path in out.rglob("*") if path.is_file())


def _workbook(runs: Sequence[FinishedRun], key: CellKey, name: str) -> bytes:
    scores = scores_of_class(runs, key.test, name)
    rows = zip(scores.positive, scores.mean, scores.files, strict=True)
    told = [[int(dx), float(pred), Path(file).name] for dx, pred, file in rows]
    return workbook_bytes({"roc": [["dx", "pred", "id"], *told]})


def _apart(names: Iterable[str]) -> dict[str, str]:
    """A name for the files of each of `names`, another for each."""
    known = list(dict.fromkeys(names))
    return dict(zip(known, told_apart([_plain(one) for one in known], known), strict=True))


def _plain(name: str) -> str:
    return re.sub(r"[^\w+.-]+", "_", name).strip("._") or "x"
