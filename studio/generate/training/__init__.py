"""Training StyleGAN2-ADA: losses, phases, augmentation, the loop, exact checkpoints."""
