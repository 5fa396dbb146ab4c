"""Subscriptions and the WebSocket gateway."""
