"""One reader per source format; ``detect`` names the format a header belongs to."""
