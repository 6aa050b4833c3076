"""The language of mappings: expressions over the columns of a file, and how texts become typed values."""
