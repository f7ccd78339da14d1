"""HTTP addresses, one module per way out."""
