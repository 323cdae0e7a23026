"""What generation leaves on disk: pictures, latents, videos, each folder with its manifest."""
