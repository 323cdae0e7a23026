"""Walking the latent space: seeds, mixing, paths and directions, as pure functions."""
