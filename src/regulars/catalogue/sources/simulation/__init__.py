"""A company whose truth is known: every effect in it was planted by a knob of `Company`."""
