"""Scripts that measure; each writes JSON with the command that made it."""
