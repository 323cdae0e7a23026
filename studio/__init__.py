"""CAN Studio: build clinical-photograph datasets and the models that learn from them."""

__version__ = "0.1.0"
