"""What a company says of segments of its own: `[segments.NAME]` of `regulars.toml`."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from regulars.core.definitions import Part

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
#: Words of the language of rules.
_RESERVED = frozenset("and or not in is null true false".split())


def segment_name(name: str) -> str:
    """Return a name that a segment may have.

    Raises:
        ValueError: it may not.
    """
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise ValueError(
            f"`{name}` cannot be a segment's name. Use up to 40 small letters, digits and `_`, a letter first, such as "
            "`big_spenders`."
        )
    return name


class SegmentSettings(Part):
    """Who belongs to a saved segment."""

    where: str = Field(min_length=1)
    """Rule over what is known of a customer, such as `clv > 500 and market = 'NL'`."""
    title: str = ""
    """What people call it; made of the name where empty."""
    said: str = ""
    """What it is for, in one line."""


#: Saved segments by name.
SegmentsByName = dict[Annotated[str, AfterValidator(segment_name)], SegmentSettings]
