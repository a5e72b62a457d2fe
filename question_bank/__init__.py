"""Floor 1: the item bank of a certification body, from competence framework to live item."""
