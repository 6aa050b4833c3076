"""What is remarkable about the records, which numbers it pushes, and how they add up."""
