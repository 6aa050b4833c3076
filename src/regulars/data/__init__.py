"""What is known about customers, and since when: from files to facts."""
