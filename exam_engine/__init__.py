"""Floor 2 and 3: the rooms of an exam, and the doors that lead to them."""
