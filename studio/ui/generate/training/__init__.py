"""The training desk: stages as a graph, and a run of StyleGAN2-ADA as it learns."""
