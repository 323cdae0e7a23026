"""What went wrong, in a sentence that a person can act on.

Every room raises these for conditions that its user can mend; the window shows the sentence and
the command line prints it. Anything else that escapes is a defect and keeps its traceback.
"""


class StudioError(Exception):
    """One sentence: what happened, to which file or row, and what to do."""


class UsageError(StudioError):
    """The request itself cannot be understood (the command line exits with 2)."""
