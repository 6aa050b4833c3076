"""What people write: sentences, languages, sentiment, themes and quotes; no tables, no input or output."""
