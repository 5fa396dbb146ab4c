"""Several config entries and several Home Assistants for one account."""
