"""What is asked of customers: definitions, questions, answers."""
