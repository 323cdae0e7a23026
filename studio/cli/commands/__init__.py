"""One file for each command. What it does is in `studio.workflows`; here it is asked and told."""
