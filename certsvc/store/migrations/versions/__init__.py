"""The revisions, each with its script."""
