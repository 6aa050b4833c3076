"""Frames: the rows that KPIs aggregate; one file per kind of rows."""
