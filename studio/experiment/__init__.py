"""An experiment: many trainings by one plan, their scores on many test sets, and one table.

`plan` is what a person writes, `presets` write it, `trainings` lists what has to be trained for it,
each thing once. This room knows neither torch nor how a folder is read: `studio.workflows` puts it
together with the trainings.
"""
