"""Answers and tools for voice assistants and language models."""
