"""The use cases: the only door for surfaces."""
