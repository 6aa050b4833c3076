"""Pages as people see them: the built wheel, served, in Chromium."""
