"""Arithmetic on small arrays: intervals, contrasts, survival; no tables, no input or output."""
