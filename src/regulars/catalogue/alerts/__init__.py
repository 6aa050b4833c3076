"""What a company is told of by itself: rules of alerts."""
