"""The review workspace: photographs, their boxes, and one key for each decision."""
