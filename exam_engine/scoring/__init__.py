"""Scoring: marks, levels, results, and the decision a person takes on them."""
