"""The estimator, its inputs, the assessment and what is said of it."""
