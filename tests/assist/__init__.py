"""What assistants learn about telephones."""
