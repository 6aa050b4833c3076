"""Models, and what they foretell."""
