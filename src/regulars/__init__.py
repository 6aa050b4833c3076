"""Customer performance analytics that says how sure it is."""
