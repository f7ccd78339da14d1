"""Backtests, baselines, scores and the model card."""
