"""Figures as people read them: counts, numbers, shares, intervals, p values, dates and times.

The window, the command line and the reports write every figure through these functions, so that
one result reads the same everywhere. None and NaN are shown as a dash, minus is U+2212, a range
has an en dash, or "to" where a bound is negative. Files that programs read (CSV, JSON) and names
of files do not use them.
"""

import math
from datetime import datetime

GROUP, MINUS, DASH = ",", "\u2212", "\u2013"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

REASON_WORDS = {
    "empty": "empty",
    "not_image": "no image",
    "truncated": "cut off",
    "bomb": "too many pixels",
    "too_big": "too large",
    "too_small": "too small",
    "too_slow": "too slow to read",
    "unsupported": "not supported",
    "unreadable": "cannot be read",
    "missing": "missing",
    "not_file": "not a plain file",
    "bad_name": "bad name",
    "bad_label": "bad label",
    "bad_row": "bad row",
    "bad_number": "bad number",
    "bad_box": "bad box",
    "outside": "outside the picture",
    "frame": "unknown frame",
    "unit": "unknown unit",
    "ambiguous": "ambiguous",
    "placeholder": "placeholder",
    "nul_byte": "NUL byte",
    "too_long": "too long",
    "no_image": "no such image",
    "duplicate": "duplicate",
    "crowd": "crowd",
    "label_conflict": "labels differ",
    "wrong_value": "wrong value",
    "contradiction": "contradiction",
}
"""A word or two for each code by which files and rows are left out; the codes stand in files."""

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWEST, _HIGHEST = -4, 9  # powers of ten that are written out


def count(n: int) -> str:
    """A count with its thousands apart: "2,395"."""
    return _written(n, 0)


def counted(n: int, one: str, many: str = "") -> str:
    """A count with its noun: "1 file", "2 files"; `many` where an s at the end is not it.

    `one` and `many` may also be sentences with `{0}` at the place of the count.
    """
    if "{0}" in one:
        return (one if n == 1 else many or one).format(count(n))
    return f"{count(n)} {one if n == 1 else many or f'{one}s'}"


def progress(done: int, total: int, unit: str = "") -> str:
    """How far something is: "80 of 4,000 images"; without a known total "80 images"."""
    words = f"{count(done)} of {count(total)}" if total else count(done)
    return f"{words} {unit}".rstrip()


def number(value: float | None, digits: int = 3) -> str:
    """A number with `digits` decimals: "0.525", "−0.052"; never "−0.000".

    More where what lies between 0 and 1 would be written as one of them: "0.99996", "0.0002".
    """
    if value is None or math.isnan(value):
        return DASH
    return _written(value, _digits_apart(value, digits))


def signed(value: float | None, digits: int = 3) -> str:
    """A number with its sign: "+0.056", "−0.052", and "0.000" without one."""
    text = number(value, digits)
    positive = value is not None and value > 0 and any(sign in text for sign in "123456789∞")
    return f"+{text}" if positive else text


def significant(value: float | None, digits: int = 3) -> str:
    """A number with `digits` significant digits: "0.000502", "12,345", "5.02 × 10⁻⁷".

    Whole digits are never rounded away, zeros at the end of the decimals are left out.
    """
    if value is None or math.isnan(value):
        return DASH
    if value == 0 or math.isinf(value):
        return _written(value, 0)
    mantissa, written = f"{value:.{digits - 1}e}".split("e")
    exponent = int(written)
    if _LOWEST <= exponent <= _HIGHEST:
        return _short(_written(value, max(0, digits - 1 - exponent)))
    shown = _short(mantissa.replace("-", MINUS))
    return f"{shown} × {power(exponent)}"


def power(exponent: int) -> str:
    """A power of ten: "10⁻⁴"."""
    return f"10{str(exponent).translate(_SUPERSCRIPT)}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share 0..1 in percent: "56.7 %", and "99.98 %" for what is not all."""
    return DASH if _unknown(share) else f"{_percentage(share, digits)} %"


def bounds(low: float | None, high: float | None, digits: int = 3) -> str:
    """A range: "0.349–0.695", and "−0.160 to 0.056" where a bound is negative."""
    return _range(number(low, digits), number(high, digits))


def interval(value: float | None, low: float | None, high: float | None, digits: int = 3) -> str:
    """A number with its interval: "0.525 (0.349–0.695)"; only the number without an interval."""
    return _with(number(value, digits), low, high, bounds(low, high, digits))


def signed_interval(
    value: float | None, low: float | None, high: float | None, digits: int = 3
) -> str:
    """A difference with its interval: "−0.052 (−0.160 to 0.056)"."""
    return _with(signed(value, digits), low, high, bounds(low, high, digits))


def percent_interval(
    share: float | None, low: float | None, high: float | None, digits: int = 1
) -> str:
    """A share with its interval, both in percent: "56.7 % (44.1–68.4)"."""
    within = _range(_percentage(low, digits), _percentage(high, digits))
    return _with(percent(share, digits), low, high, within)


def percent_bounds(low: float | None, high: float | None, digits: int = 1) -> str:
    """A range of shares in percent: "44.1–68.4 %", and "−2.1 to 5.0 %" with a negative bound."""
    within = _range(_percentage(low, digits), _percentage(high, digits))
    return within if within == DASH else f"{within} %"


def p_value(p: float | None) -> str:
    """A p value with its letter: "p = 0.311", "p < 0.001", "p > 0.999"."""
    if p is None or math.isnan(p):
        return DASH
    if p < 0.001:
        return "p < 0.001"
    return "p > 0.999" if p > 0.999 else f"p = {p:.3f}"


def reason_word(code: str | None) -> str:
    """The words for a code in `REASON_WORDS`, "other" for one that is not known, "" for none."""
    return REASON_WORDS.get(str(code), "other") if code else ""


def moment(when: str | datetime) -> str:
    """A date with its time in the reader's own zone: "30 Nov 2026, 17:36".

    Text that is not an ISO 8601 time, as somebody may have written it by hand, comes back as it is.
    """
    local = _local(when)
    return str(when) if local is None else f"{day(local)}, {local:%H:%M}"


def day(when: str | datetime) -> str:
    """A date in the reader's own zone: "30 Nov 2026"; see `moment`."""
    local = _local(when)
    return str(when) if local is None else f"{local.day} {MONTHS[local.month - 1]} {local.year}"


def duration(seconds: float) -> str:
    """A duration people read at a glance: "under 1 s", "40 s", "12 min", "3 h 05 min"."""
    if not math.isfinite(seconds):
        return DASH
    if 0 < seconds < 1:
        return "under 1 s"
    whole = max(0, round(seconds))
    if whole < 90:
        return f"{whole} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def megabytes(size: int) -> str:
    """A size given in bytes, in units of 10⁶: "1.2 MB", "340 MB", "4,120 MB"."""
    if size < 50_000:
        return "under 0.1 MB" if size else "0 MB"
    return f"{_written(size / 1e6, 1 if size < 100e6 else 0)} MB"


def _unknown(value: float | None) -> bool:
    return value is None or math.isnan(value)


def _written(value: float, digits: int) -> str:
    """`value` with `digits` decimals, thousands apart, and the minus of figures."""
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:,.{digits}f}"
    if text.startswith("-") and not any(sign in text for sign in "123456789"):
        text = text[1:]  # −0.000 says nothing that 0.000 does not
    return text.replace("-", MINUS).replace(",", GROUP)


def _percentage(share: float | None, digits: int) -> str:
    if share is None or math.isnan(share):
        return DASH
    return _written(100 * share, _digits_apart(share, digits + 2) - 2)


def _digits_apart(value: float, digits: int) -> int:
    """The fewest decimals, at least `digits`, that keep a value between 0 and 1 apart from both.

    What lies within 10⁻⁸ of 0 or 1 is that but for the error of a sum.
    """
    if not 0 < abs(value) < 1:
        return digits
    kept = (more for more in range(digits, 9) if 0 < float(f"{abs(value):.{more}f}") < 1)
    return next(kept, digits)


def _range(low: str, high: str) -> str:
    if DASH in (low, high):
        return DASH
    between = " to " if MINUS in low + high else DASH
    return f"{low}{between}{high}"


def _with(value: str, low: float | None, high: float | None, between: str) -> str:
    known = value != DASH and not _unknown(low) and not _unknown(high)
    return f"{value} ({between})" if known else value


def _short(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _local(when: str | datetime) -> datetime | None:
    try:
        return (datetime.fromisoformat(when) if isinstance(when, str) else when).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
