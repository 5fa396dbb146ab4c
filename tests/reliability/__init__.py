"""What happens under faults: one test for each, named after fault and outcome."""
