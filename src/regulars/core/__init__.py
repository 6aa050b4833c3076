"""The words that everything else is written in."""
