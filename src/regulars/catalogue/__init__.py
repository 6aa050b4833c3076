"""Declarations, found by type and imported by nobody by name: one file per family or entry."""
