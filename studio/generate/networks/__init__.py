"""StyleGAN2 in plain torch, equal to the official networks."""
