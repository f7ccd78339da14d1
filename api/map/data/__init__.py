"""The compact documents behind the map's controls."""
