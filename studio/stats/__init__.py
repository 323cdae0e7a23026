"""ROC, DeLong, bootstrap and intervals: numpy and scipy only."""
