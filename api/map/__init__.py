"""The map: the page, its words, the one-file map."""
