"""Incidents to expect along roads."""
