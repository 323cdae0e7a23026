"""What the Study workspace says about studies, in sentences."""

from PySide6.QtCore import QCoreApplication

from studio.generate.study.words import short_name
from studio.stats import approximate_power, equivalence_size
from studio.ui.study.facts import StudyFact
from studio.ui.words import counted


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


def size_sentence(per_kind: int, margin: float) -> str:
    """How likely the answers of a reader show equivalence, and how many make that 80 %."""
    answers, needed = 2 * per_kind, equivalence_size(margin)
    power = approximate_power(answers, margin)
    chance = tr("less than 1 %") if power < 0.01 else f"{100 * power:.0f} %"
    words = tr(
        "{0} answers of each reader. Of one who cannot tell the kinds apart they show it (accuracy "
        "within ±{1:g} points of chance) with a probability of {2}."
    ).format(f"{answers:,}", 100 * margin, chance)
    if answers >= needed:
        return words
    return words + " " + tr("About {0} answers make it 80 %.").format(f"{needed:,}")


def facts_line(fact: StudyFact) -> str:
    """Number, size and origin of the pictures."""
    file = fact.study.file
    parts = [
        counted(len(file.pictures), tr("{0} picture"), tr("{0} pictures")),
        tr("{0} px").format(file.encoding.size),
        tr("real: {0}").format(short_name(file.sources["real"].name)),
        tr("synthetic: {0}").format(short_name(file.sources["synthetic"].name)),
        tr("seed {0}").format(file.seed),
        tr("margin ±{0:g} points").format(100 * file.margin),
    ]
    return " · ".join(parts)


def status_of(fact: StudyFact) -> str:
    """How far this person is, in a word or two."""
    if fact.mine.finished:
        return tr("finished")
    if fact.mine.looked:
        return tr("not reading")
    if not fact.mine.answers:
        return tr("not begun")
    return f"{len(fact.mine.answers):,} / {len(fact.study):,}"


def standing(fact: StudyFact, reader: str) -> str:
    """What this person can do now."""
    total, reader = len(fact.study), short_name(reader)
    done = len(fact.mine.answers)
    if not reader:
        return tr("Say who reads: answers are kept by name, and each reader has an own order.")
    if fact.missing:
        return tr("{0} pictures have gone from the folder: copy the study anew.").format(
            fact.missing
        )
    if fact.mine.looked:
        return tr("{0} has chosen to see the result instead of reading.").format(reader)
    if done:
        return tr("{0} has answered {1} of {2} pictures.").format(reader, f"{done:,}", f"{total:,}")
    return tr(
        "{0} has not begun. You will see {1} pictures, half of them real, and say of each how "
        "surely it is real or synthetic. You can pause at any time."
    ).format(reader, f"{total:,}")
