"""Sheets of one A4 page as PDF: the bulletin of a unit, the national sheet, the report of a route."""
