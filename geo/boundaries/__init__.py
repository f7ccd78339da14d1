"""Regions, cercles and communes: their outlines, names and codes, places and grids on them."""
