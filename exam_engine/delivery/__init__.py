"""Delivery: bookings, attempts and the journal that loses no answer."""
