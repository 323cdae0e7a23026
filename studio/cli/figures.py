"""The figures of a classifier on a set of images, as the command line prints them."""

from collections.abc import Mapping
from typing import Any

from studio import wording
from studio.cli.output import echo, shown, table, terminal_width

_RATES = (
    ("sensitivity", "SE"), ("specificity", "SP"), ("ppv", "PPV"), ("npv", "NPV"),
)  # fmt: skip
_MOST_CLASSES = 12  # of a confusion matrix that a terminal has room for


def interval(fields: Mapping[str, Any], low: str = "auc_low", high: str = "auc_high") -> str:
    """An AUC with its DeLong interval, or that it is undefined."""
    if fields.get("auc") is None:
        return "undefined"
    bound = fields.get("bound", fields.get("auc_bound"))
    if bound is not None:
        side = "at least" if fields["auc"] > bound else "at most"
        auc = wording.number(fields["auc"])
        return f"{auc} ({side} {wording.number(bound)}, exact and one-sided)"
    if fields.get(low) is None or fields.get(high) is None:
        return f"{wording.number(fields['auc'])} (interval not estimable)"
    return wording.interval(fields["auc"], fields[low], fields[high])


def print_figures(figures: Mapping[str, Any]) -> None:
    """Print what `studio.results.operating.summary` gives: classes, rates, confusion."""
    classes: Mapping[str, Any] = figures["classes"]
    points = {name: one["operating_point"] for name, one in classes.items()}
    known = {name: point for name, point in points.items() if point is not None}
    table(
        f"One class against the rest, {threshold_words(figures)}",
        ["class", "pictures", "prevalence", "AUC", "threshold"],
        [_class_row(name, one, figures["n"]) for name, one in classes.items()],
    )
    if len(classes) > 2:
        echo(f"Macro AUC, the mean over classes: {macro_words(figures)}")
    if known:
        table(
            "Rates at the threshold",
            ["class", *(short for _, short in _RATES)],
            [
                [name, *(rate({**point, **point.get("plain", {})}, key) for key, _ in _RATES)]
                for name, point in known.items()
            ],
        )
    _print_chosen(known)
    print_confusion(figures["confusion"])
    plain = [point["plain"]["method"] for point in known.values() if "plain" in point]
    facts = figures["interval"]
    _print_methods({**facts, "sensitivity_specificity": plain[0]} if plain else facts)


def macro_words(figures: Mapping[str, Any]) -> str:
    """The macro AUC with its interval, or that it is undefined."""
    if figures["macro"] is None:
        return "undefined, since a class has no picture"
    bounds = figures.get("macro_low"), figures.get("macro_high")
    if None in bounds:
        return f"{wording.number(figures['macro'])} (interval not estimable)"
    return wording.interval(figures["macro"], *bounds)


def _print_chosen(points: Mapping[str, Any]) -> None:
    """Of the images that the threshold was chosen on: intervals that allow for the choice."""
    chosen = {name: point for name, point in points.items() if "plain" in point}
    if not chosen:
        return
    echo(
        "The threshold was chosen on these images, so these rates flatter. With intervals that "
        "allow for the choice (a bootstrap that chooses it again):"
    )
    for name, point in chosen.items():
        rates = (f"{short} {rate(point, key)}" for key, short in _RATES[:2])
        echo(f"  {shown(name, 60)}: {', '.join(rates)}")


def _print_methods(facts: Mapping[str, Any]) -> None:
    methods = [f"AUC: {facts['auc']}"]
    if facts["rates"] is not None:
        same = facts["sensitivity_specificity"] == facts["rates"]
        methods += [f"{'rates' if same else 'PPV and NPV'}: {facts['rates']}"]
        methods += [] if same else [f"SE and SP: {facts['sensitivity_specificity']}"]
    level = wording.percent(facts["level"], 0)
    echo(f"Intervals: {level}. {'; '.join(methods)}; {facts['counting']}.")


def threshold_words(figures: Mapping[str, Any]) -> str:
    """How the thresholds were chosen, and on what."""
    told = figures.get("thresholds")
    if not told:
        return "no threshold"
    pictures = wording.counted(told["images"], "picture")
    return f"thresholds by {told['rule']} on {told['chosen_on']} ({pictures})"


def _class_row(name: str, one: Mapping[str, Any], total: int) -> list[str]:
    point = one["operating_point"]
    return [
        name,
        wording.count(one["n"]),
        wording.percent(one["n"] / total) if total else "undefined",
        interval(one, "low", "high"),
        "none" if point is None else wording.significant(point["threshold"], 4),
    ]


def rate(point: Mapping[str, Any], name: str) -> str:
    """A rate of an operating point in percent with its interval, or that it is undefined."""
    value, low, high = (point[f"{name}{end}"] for end in ("", "_low", "_high"))
    if value is None:
        return "undefined"
    if low is None or high is None:  # too few images or groups for an interval
        return wording.percent(value)
    return wording.percent_interval(value, low, high)


def print_confusion(confusion: Mapping[str, Any]) -> None:
    """Print a confusion matrix, with the rows numbered where names do not fit above columns."""
    classes, matrix = confusion["classes"], confusion["matrix"]
    if len(classes) > _MOST_CLASSES:
        echo(f"Confusion matrix: {len(classes)} classes; --json has it.")
        return
    call = confusion["call"]
    how = f"called: {call}" if call.startswith("the ") else f"called {call}"
    echo(f"Confusion matrix; {shown(how, 90)}:")
    title, heads, names = "Truth in rows, call in columns", list(classes), list(classes)
    widest = max(len(shown(name)) for name in classes)
    if (1 + len(classes)) * (widest + 3) > terminal_width():
        # Names above the columns would be folded into slivers: the rows say what each number is.
        title += ", which have the numbers of the rows"
        heads = [str(number) for number in range(1, len(classes) + 1)]
        names = [f"{number} {name}" for number, name in zip(heads, classes, strict=True)]
    table(title, ["truly", *heads], [[n, *row] for n, row in zip(names, matrix, strict=True)])
