"""What is installed with an extra only, and how to have it."""

from collections.abc import Iterator
from contextlib import contextmanager

from regulars.core.errors import StoreError


@contextmanager
def needing(extra: str) -> Iterator[None]:
    """Say how to install what the block imports and is not there.

    Raises:
        StoreError: a package of the extra is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as cause:
        if (cause.name or "").startswith("regulars"):
            raise
        raise StoreError(f"{cause.name} is not installed. Run `pip install 'regulars[{extra}]'`.") from cause
