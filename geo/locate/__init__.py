"""Which unit a point lies in, compiled."""
