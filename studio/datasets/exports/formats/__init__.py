"""The formats of exports: each module here is one, under the name of its file.

A module has `FORMAT`, an `ExportFormat`. Nothing else has to be changed for a new one: window,
command line and `studio.datasets.exports` read what lies in this folder.
"""
