"""`can-studio evaluate`: a run on pictures that it has not seen."""

from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.common import (
    FAILURES,
    GROUPS,
    INTERRUPTED,
    JSON,
    LABELS,
    OWN_RULE_HELP,
    WHERE,
    ThresholdRule,
    leave,
    progress,
)
from studio.cli.figures import interval, print_figures
from studio.cli.output import echo, emit_json, note, shown, table
from studio.errors import UsageError
from studio.wording import counted


def evaluate(
    runs: list[Path] = typer.Argument(
        ...,
        help="Folder of a training run; with --ensemble several, or a cross-validation.",
        show_default=False,
    ),
    test: Path = typer.Option(..., "--test", help="Folder class/image."),
    rule: ThresholdRule | None = typer.Option(None, "--rule", help=OWN_RULE_HELP),
    groups: list[Path] | None = GROUPS,
    where: str = WHERE,
    labels: Path | None = LABELS,
    flips: bool = typer.Option(
        False, "--flips", help="Mean over each picture and its mirrored copies; four times as long."
    ),
    ensemble: bool = typer.Option(
        False, "--ensemble", help="Judge the mean of the probabilities of several runs."
    ),
    out: Path | None = typer.Option(
        None, "--out", help="With --ensemble: folder for its scores and figures, a new one."
    ),
    device: str = typer.Option("auto", "--device", help="auto, cpu, cuda or mps."),
    as_json: bool = JSON,
) -> None:
    """Score a test folder, at the thresholds of the run's validation set.

    The result is kept in the run, where the window shows it; scores.csv there has file, label,
    score and SHA-256 of every picture. The exit code is 1 where pictures could not be read, or
    test pictures are, or may be, among those that the run was trained or validated on.

    --ensemble takes several runs of the same classes, or the folder of a cross-validation for all
    runs of its folds, keeps the evaluation of each in it, and tells the figures of the mean of
    their probabilities.
    """
    if not ensemble and len(runs) > 1:
        raise UsageError(
            "Several runs are given: --ensemble judges the mean of their probabilities, and "
            "can-studio compare tells one from another."
        )
    if not ensemble and out is not None:
        raise UsageError("--out goes with --ensemble: one run keeps its evaluations itself.")
    with progress("Evaluating") as tell:

        def warn(sentence: str) -> None:
            tell.close()
            note(shown(sentence, 400))

        result = _evaluate(
            runs,
            test,
            ensemble=ensemble,
            out=out,
            device=device,
            rule=rule.value if rule is not None else None,
            tables=groups or (),
            where=where,
            labels=labels,
            flips=flips,
            warn=warn,
            on_progress=tell,
        )
    if result is None:
        leave(INTERRUPTED)
        return
    if as_json:
        emit_json(result)
    else:
        _print_members(result)
        echo(
            f"{counted(result['n'], 'picture')}, positive class {shown(result['positive'])}: "
            f"AUC {interval(result)}"
        )
        print_figures(result)
        _print_assessment(result)
        kept = f" Kept in {shown(result['kept'])}." if result["kept"] else ""
        echo(f"Leakage: {result['leakage_verdict']}.{kept}")
        echo("Research use, not a diagnosis.")
    leave(FAILURES if result["unreadable"] or result["leakage_verdict"] != "clean" else 0)


def _evaluate(
    runs: list[Path], test: Path, *, ensemble: bool, out: Path | None, **options: Any
) -> dict[str, Any] | None:
    if ensemble:
        from studio.workflows.ensemble import evaluate_ensemble

        return evaluate_ensemble(runs, test, out=out, **options)
    from studio.workflows import evaluate_here

    return evaluate_here(runs[0], test, **options)


def _print_members(result: dict[str, Any]) -> None:
    """The runs of an ensemble, one by one, and how they were put together."""
    if "members" not in result:
        return
    rows = [
        (Path(one["run"]).name, wording.number(one["auc"]), wording.number(one["macro"]))
        for one in result["members"]
    ]
    table("Each run alone", ["run", "AUC", "macro AUC"], rows)
    echo(f"Ensemble of {len(rows)} runs, the {result['combined']}:")


def _print_assessment(result: dict[str, Any]) -> None:
    found = result["calibration"]
    slope = wording.interval(found["slope"], found["slope_low"], found["slope_high"], 2)
    echo(
        f"Calibration: Brier {wording.number(found['brier'])}, ECE {wording.number(found['ece'])}, "
        f"slope {slope}."
    )
    if found["reliability"] is not None:
        parts = [wording.number(found[key]) for key in ("reliability", "resolution", "uncertainty")]
        within = wording.signed(found["within_bins"])
        echo(
            f"Brier = reliability {parts[0]} − resolution {parts[1]} + uncertainty {parts[2]}, and "
            f"{within} within bins."
        )
    if found["temperature"] is not None:
        mended = found["temperature"]
        echo(
            f"At the temperature of the validation set ({wording.number(mended['t'], 2)}): Brier "
            f"{wording.number(mended['brier'])}, ECE {wording.number(mended['ece'])}."
        )
    if result["detectable_auc"] is not None:
        least = wording.number(result["detectable_auc"])
        echo(f"So many images tell an AUC from {least} up from chance, with a power of 80 %.")
    for field, told in result["subgroups"].items():
        found = f"test of difference of AUC {wording.p_value(told['p'])}"
        title = f"By {field.replace('_', ' ')}, {found}"
        rows = [
            [
                one["name"],
                wording.count(one["n_pos"]),
                wording.count(one["n_neg"]),
                wording.interval(one["auc"], one["auc_low"], one["auc_high"]),
                _rate(one["sensitivity"]),
                _rate(one["specificity"]),
            ]
            for one in told["subgroups"]
        ]
        table(title, ["", "positive", "negative", "AUC", "SE", "SP"], rows)
        for name, rates in (("SE", told["sensitivity"]), ("SP", told["specificity"])):
            if rates["p"] is not None:
                echo(f"{name}: {shown(_difference_words(rates), 400)}")


def _rate(found: dict[str, Any]) -> str:
    return wording.percent_interval(found["value"], found["low"], found["high"])


def _difference_words(rates: dict[str, Any]) -> str:
    """The test of one rate in all subgroups, and the difference of each to the reference."""
    each = ", ".join(
        f"{one['name']} {wording.signed_interval(one['difference'], one['low'], one['high'])}"
        for one in rates["differences"]
    )
    return (
        f"test of difference {wording.p_value(rates['p'])} ({rates['method']}); difference to "
        f"{rates['reference']}: {each}."
    )
