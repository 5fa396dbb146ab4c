"""Programs that use RingCentral's own SDKs."""
