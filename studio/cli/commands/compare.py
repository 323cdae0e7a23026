"""`can-studio compare`: runs on the same images, with the paired test."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from studio import wording
from studio.cli.common import JSON, OWN_RULE_HELP, ThresholdRule
from studio.cli.figures import interval, rate
from studio.cli.output import echo, emit_json, shown, table


def compare(
    runs: list[Path] = typer.Argument(
        ..., help="Folders of trainings; the first is compared with each other.", show_default=False
    ),
    test: str = typer.Option(
        "", "--test", help="Only this set: validation, or a test set by its name or folder."
    ),
    class_: str = typer.Option(
        "", "--class", help="The class against the rest; the first run's positive one without it."
    ),
    rule: ThresholdRule | None = typer.Option(None, "--rule", help=OWN_RULE_HELP),
    as_json: bool = JSON,
) -> None:
    """Compare classifiers on the images that they share: AUC, operating point, paired DeLong p.

    On the validation set (last epoch of each) and on every test set of the first run. With three
    runs or more, p is given with Holm's correction too. Differences are the first run's AUC minus
    the other's.
    """
    from studio.results.documents import comparison_document

    chosen = rule.value if rule is not None else ""
    document = comparison_document(runs, test, class_, chosen)
    if as_json:
        emit_json(document)
        return
    for number, run in enumerate(document["runs"], start=1):
        echo(f"{number}  {shown(run['title'])}  ({shown(run['run'])})")
    for one in document["sets"]:
        _print_set(one, shown(document["class"], 60))
    echo("Research use, not a diagnosis.")


def _print_set(told: Mapping[str, Any], name: str) -> None:
    runs = told["runs"]
    table(
        f"{told['set']}: {name} against the rest",
        ["run", "pictures", "AUC", "threshold", "SE", "SP"],
        [_row(number, one) for number, one in enumerate(runs, start=1)],
    )
    for number, one in enumerate(runs[1:], start=2):
        found = one["comparison"]
        if found is None:
            echo(f"1 and {number}: not comparable, {one['reason']}.")
            continue
        difference = wording.signed_interval(found["difference"], found["low"], found["high"])
        holm = found["p_holm"]
        holm = "" if holm is None else f", with Holm's correction {wording.p_value(holm)}"
        p = wording.p_value(found["p"])
        echo(f"1 and {number}: ΔAUC {difference}, {p}{holm}; {found['method']}.")


def _row(number: int, one: Mapping[str, Any]) -> list[str]:
    point = one["operating_point"]
    rates = ["–", "–", "–"]
    if point is not None:
        rates = [
            wording.significant(point["threshold"], 4),
            rate(point, "sensitivity"),
            rate(point, "specificity"),
        ]
    pictures = "–" if one["n"] is None else wording.count(one["n"])
    return [str(number), pictures, interval(one), *rates]
