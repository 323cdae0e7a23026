"""The Datasets workspace."""
