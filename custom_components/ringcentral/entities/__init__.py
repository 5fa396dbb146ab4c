"""Entities that several platforms share, and the manager that adds them."""
