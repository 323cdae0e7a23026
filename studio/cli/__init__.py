"""The can-studio command: every capability of the window, scriptable."""
