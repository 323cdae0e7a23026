"""Long work in its own process: events, stop, resume."""
