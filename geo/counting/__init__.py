"""Incidents counted by unit and period, and how well a unit reports."""
