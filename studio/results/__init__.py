"""What runs leave, read and interpreted without Qt: scores, curves, operating points, tables.

The window and the command line take every figure from here, so that they cannot differ.
"""

# Here, since the window asks for them as it starts: what reads runs loads pydantic.
RUNNING_STATES = frozenset({"queued", "running", "stopping"})
"""States of a run of which more is to come."""
RESUMABLE_STATES = frozenset({"stopped", "crashed", "failed"})
"""States of a run that can go on."""
