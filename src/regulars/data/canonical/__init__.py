"""The canonical tables, made of all landed files together, and only what a change touches."""
