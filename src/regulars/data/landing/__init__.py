"""From a file's text to typed rows that keep the contract; what does not is quarantined."""
