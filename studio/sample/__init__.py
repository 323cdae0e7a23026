"""The synthetic sample project: photographs with known lesions."""
