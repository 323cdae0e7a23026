"""From reviewed boxes to training folders and back: formats, exports, splits, leakage."""
