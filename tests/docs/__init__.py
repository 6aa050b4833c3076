"""The documentation is run, and its links and names are followed."""
