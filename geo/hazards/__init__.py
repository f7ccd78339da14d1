"""Contaminated areas: suspected, confirmed and released land, with IMAS status over time."""
