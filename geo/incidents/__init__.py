"""Incidents: one schema, one reader per source format, validation with quarantine, duplicates."""
