"""The Collect workspace."""
