"""The training page: stages as a graph, and a run of StyleGAN2-ADA as it learns."""
