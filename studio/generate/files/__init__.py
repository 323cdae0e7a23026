"""Network files: ours in safetensors, and the official pickles read without running them."""
