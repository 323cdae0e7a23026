"""StyleGAN2-ADA: networks, checkpoints, rendering, latent paths, projection."""
