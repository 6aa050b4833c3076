"""The steps: each says what it does and which one it follows, and is never changed once it was released."""
