"""Questions about roads and their answers."""
