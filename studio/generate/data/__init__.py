"""Pictures to train a network on: read from folders and official zips, checked, kept decoded."""
