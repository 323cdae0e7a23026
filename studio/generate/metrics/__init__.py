"""How near a network's pictures are to real ones, and whether they are copies of them."""
