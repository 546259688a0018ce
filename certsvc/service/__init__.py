"""The use cases: what the service does, in order. No transport, no SQL; the world is behind `ports`."""
