"""Pages: questions of people, each answered by several KPIs together."""
