"""What is decided about customers: who is to be treated alike, and who moved."""
