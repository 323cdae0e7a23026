"""Classifiers: training, prediction, evaluation."""
