"""What a company can do for its customers: one file per action."""
