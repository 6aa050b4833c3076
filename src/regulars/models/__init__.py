"""What is expected of customers: models, and how well they foretold what came."""
