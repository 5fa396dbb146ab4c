"""Wire format, errors, clock, seeded randomness and switches."""
