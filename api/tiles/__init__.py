"""Tiles: vector tiles of every collection, the risk surface as pictures, and what draws them."""
