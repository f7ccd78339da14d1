"""What every room uses: messages, errors, coordinates, names, tables, provenance."""
