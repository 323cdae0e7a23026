"""URL lists and their repair; where photographs come from."""
