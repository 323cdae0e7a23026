"""Sets of synthetic pictures in class folders, made from a recipe and ready to train on."""
