"""Side-by-side measurements. A row is a ratio of two medians taken in one run, never a time alone."""
