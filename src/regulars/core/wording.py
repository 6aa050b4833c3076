"""Words of messages that depend on numbers."""


def counted(n: int, one: str, several: str = "") -> str:
    """Return a number with what it counts, singular where it is 1; `several` is `one` with an s where not given.

    >>> counted(1, "customer"), counted(1200, "customer"), counted(0, "entry", "entries")
    ('1 customer', '1,200 customers', '0 entries')
    """
    return f"1 {one}" if n == 1 else f"{n:,} {several or one + 's'}"
