"""The Generate workspace: two endpoints, the path between them, and what moves along it."""
