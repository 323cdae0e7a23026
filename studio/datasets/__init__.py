"""From reviewed boxes to training folders and back: snapshots, splits, leakage, formats."""
