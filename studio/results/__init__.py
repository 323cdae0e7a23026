"""What runs leave, read and interpreted without Qt: scores, curves, operating points, tables.

The window and the command line take every figure from here, so that they cannot differ.
"""
