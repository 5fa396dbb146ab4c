"""Client of the RingCentral platform: sign-in, REST, and the WebSocket gateway.

Knows nothing of Home Assistant. Platform facts come from RingCentral's developer guide
and API reference, and from recordings its own clients have published.
"""
