"""Call triggers of the automation editor."""
