"""Public data sets: a catalogue of them, and their downloads as class folders with one table."""
