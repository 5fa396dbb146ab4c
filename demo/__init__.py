"""Demo: a Home Assistant that is set up automatically, with a simulated account."""
