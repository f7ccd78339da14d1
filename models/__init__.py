"""What is likely: estimators and their evaluation. Reads ``geo``, knows no web."""
