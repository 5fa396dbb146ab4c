"""Behavior under faults: one test per fault, named after fault and outcome."""
