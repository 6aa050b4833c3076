"""Charts as SVG text, made on the server: the same picture on a page, on paper and in mail.

Nothing here reads data or rounds a value: records of blocks come in, strings go out. No styles, no scripts and nothing
from elsewhere is in them, so that they pass the strictest content policy; colours are attributes with a class beside
them, so that a page may set its own (`charts.css`).
"""
