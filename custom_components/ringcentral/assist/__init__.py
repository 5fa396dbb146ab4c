"""What voice assistants and language models can do."""
