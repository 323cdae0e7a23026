"""The Datasets workspace: what has been reviewed, frozen and exported."""
