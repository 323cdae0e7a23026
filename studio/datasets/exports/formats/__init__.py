"""The formats of exports: each module here is one, under the name of its file.

A module has `FORMAT`, an `ExportFormat`. Nothing else has to be changed for a new one: `FORMATS`
in `studio.datasets.exports.run` is what lies in this folder, for the window and the command line.
"""
