"""From latents to pictures, fast: requests, the CPU and CUDA paths, and the latest-wins engine."""
