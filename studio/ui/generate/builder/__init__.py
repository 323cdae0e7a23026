"""The set builder: a recipe, the job that follows it, and the sets that came of it."""
