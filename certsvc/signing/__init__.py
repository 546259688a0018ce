"""Private keys, each behind the same two calls: `kid` and `sign`."""
