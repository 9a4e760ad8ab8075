"""Fixes applied: to a text, in rounds over the files of a project, and to the disk."""
