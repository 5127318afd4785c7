"""Runs as folders: written, read back, compared."""
