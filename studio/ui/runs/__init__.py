"""Runs of any kind in the window: following one, listing many, reading a log."""
