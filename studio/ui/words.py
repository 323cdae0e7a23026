"""Sentences that count things. Text that people read goes through `tr()` where it is written."""


def counted(count: int, one: str, many: str) -> str:
    """`one` or `many` with its `{0}` replaced by the count, thousands separated."""
    return (one if count == 1 else many).format(f"{count:,}")
