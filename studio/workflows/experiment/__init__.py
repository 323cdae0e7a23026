"""Experiments: the plan and the queue of `studio.experiment`, put together with the trainings."""
