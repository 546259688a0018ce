"""One look-alike adapter per kind of agency backend, the fan-out over them, and a sandbox of real servers."""
