"""Cells of files to values: text, tables, numbers."""
