"""From a photograph to the latent whose picture comes nearest to it."""
