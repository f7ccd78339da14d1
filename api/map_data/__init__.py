"""Compact documents that the map draws from: outlines, months by units, forecasts, points and names, each once."""
