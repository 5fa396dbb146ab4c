"""Client of the RingCentral platform: sign-in, REST and WebSocket."""
