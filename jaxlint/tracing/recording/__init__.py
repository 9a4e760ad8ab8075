"""``jaxlint record``: notes with which arguments a program calls transformed functions.

This runs in the user's program, beside the user's JAX; nothing of the analyzer is imported.
"""
