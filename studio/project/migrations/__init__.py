"""Alembic's scripts for project.db; studio.project.migration runs them."""
