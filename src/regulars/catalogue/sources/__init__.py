"""Records to begin with: a simulated company and a real one."""
