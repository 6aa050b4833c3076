"""What can be done by itself: one file for each job, found by type; and what runs them in their slots."""
