"""The ground floor: what any careful web system needs, and no noun of the exam world."""
