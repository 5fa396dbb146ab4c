"""Connection to the platform: how changes reach Home Assistant."""
