"""Floor 1: credentials and the certificates that carry them. It knows awards by value and nothing of exams."""
