"""Pages in a browser: whole documents from the server, the same without scripts."""
