"""Who may see what, and how it looks: the HTTP service, the map and the ``sira`` command."""
