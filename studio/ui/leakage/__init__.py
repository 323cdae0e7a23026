"""Images that may be the same, side by side, for a person to judge."""
