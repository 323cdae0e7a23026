"""Crop-box proposals."""
