"""The pure core: no I/O, no clock, no randomness, no async; time and identity are arguments."""
