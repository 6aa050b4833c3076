"""The company's answers for programs over HTTP: addresses under `/api/v1` that read, and none that writes."""
