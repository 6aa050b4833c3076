"""What every surface over HTTP shares: the generation that is served, who asks, what they may, and limits."""
