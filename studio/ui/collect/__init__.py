"""The Collect workspace: photographs and lists come in, crop boxes are proposed."""
