"""Files as text: every record of a file with its line, whatever the format, and the broken ones apart."""
