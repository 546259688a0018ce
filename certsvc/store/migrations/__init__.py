"""The schema of the database, revision by revision."""
