"""The Experiment workspace: many trainings, many test sets, one grid that fills."""
