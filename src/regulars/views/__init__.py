"""What is shown, before it is a table in a terminal, JSON or a notebook."""
