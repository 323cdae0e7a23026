"""Curves, operating points and their images: what Train and Evaluate draw alike.

`pyqtgraph` is imported by the modules here that draw, so only by workspaces that show a plot.
"""
