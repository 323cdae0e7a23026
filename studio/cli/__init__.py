"""The can-studio command."""
