"""What the Study workspace says about studies, in sentences."""

from PySide6.QtCore import QCoreApplication

from studio.study.power import study_power
from studio.study.words import short_name
from studio.ui.study.summaries import StudySummary
from studio.wording import count, counted, percent, significant


def tr(text: str) -> str:
    return QCoreApplication.translate("Study", text)


def rating_words() -> dict[int, str]:
    """The six ratings as buttons say them."""
    return {
        1: tr("surely real"),
        2: tr("probably real"),
        3: tr("rather real"),
        4: tr("rather synthetic"),
        5: tr("probably synthetic"),
        6: tr("surely synthetic"),
    }


def size_sentence(per_kind: int, margin: float, readers: int = 1) -> str:
    """How likely answers show equivalence, of one reader and of all, and how many it takes."""
    found = study_power(per_kind, margin, readers)
    words = [
        tr(
            "{0} answers of each reader. Probability of showing that a reader is within ±{1} "
            "points of chance: {2} for one who cannot tell the kinds apart, {3} for one who is "
            "right 52 % of the time, {4} at 55 %."
        ).format(
            count(found.answers), significant(100 * margin), *map(_chance, found.of_one.values())
        )
    ]
    if found.answers < found.needed:
        words.append(tr("{0} answers make the first 80 %.").format(count(found.needed)))
    if found.together:
        words.append(
            tr(
                "{0} readers together: {1}, {2} and {3} (assuming that they differ by {4} points "
                "SD, and that {5} % of the spread of answers comes from the pictures)."
            ).format(
                count(readers),
                *map(_chance, found.together.values()),
                significant(100 * found.plan.reader_spread),
                significant(100 * found.plan.picture_share),
            )
        )
    return " ".join(words)


def _chance(power: float) -> str:
    if power < 0.01:
        return tr("less than 1 %")
    return tr("more than 99 %") if power > 0.99 else percent(power, 0)


def facts_line(fact: StudySummary) -> str:
    """Number, size and origin of the pictures."""
    file = fact.study.file
    parts = [
        counted(len(file.pictures), tr("{0} picture"), tr("{0} pictures")),
        tr("{0} px").format(file.encoding.size),
        tr("real: {0}").format(short_name(file.sources["real"].name)),
        tr("synthetic: {0}").format(short_name(file.sources["synthetic"].name)),
        tr("seed {0}").format(file.seed),
        tr("margin ±{0} points").format(significant(100 * file.margin)),
    ]
    return " · ".join(parts)


def status_of(fact: StudySummary) -> str:
    """How far this person is, in a word or two."""
    if fact.mine.finished:
        return tr("finished")
    if fact.mine.looked:
        return tr("not reading")
    if not fact.mine.answers:
        return tr("not begun")
    return tr("{0} of {1}").format(count(len(fact.mine.answers)), count(len(fact.study)))


def standing(fact: StudySummary, reader: str) -> str:
    """What this person can do now."""
    total, reader = len(fact.study), short_name(reader)
    done = len(fact.mine.answers)
    if not reader:
        return tr("Say who reads: answers are kept by name, and each reader has their own order.")
    if fact.missing:
        return tr("{0} pictures have gone from the folder: copy the study anew.").format(
            fact.missing
        )
    if fact.mine.looked:
        return tr("{0} has chosen to see the result instead of reading.").format(reader)
    if done:
        return tr("{0} has answered {1} of {2} pictures.").format(reader, count(done), count(total))
    return tr(
        "{0} has not begun. You will see {1} pictures, half of them real, and say of each how "
        "surely it is real or synthetic. You can pause at any time."
    ).format(reader, count(total))
