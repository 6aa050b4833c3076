"""State: small transactional records of people, sessions, tokens and what was done; SQLite, or PostgreSQL by URL.

Nothing here reads the clock: every function takes the instant. Secrets are stored as digests, and stand in no message.
"""
