"""One picture: sniff, decode, orient, crop, hash, quality."""
