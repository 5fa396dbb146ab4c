"""Random faults of the connection, with all states and call events compared."""
