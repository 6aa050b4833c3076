"""Places of `regulars.toml` where somebody may have written a secret: what stands there is in no message."""

from regulars.core.channel_settings import CHANNEL
from regulars.core.sharing_settings import NAME_ONLY, WEBHOOK
from regulars.core.toml_text import Place

#: How tables are written that name a secret.
_TABLES = {"webhooks": WEBHOOK, "channels": CHANNEL}
_NAMES_ONLY = ("secret_env", "url_env")
#: Parts of the place of a key: the table, a name, the key.
_OF_KEY = 3


def untold(place: Place) -> str:
    """Return what to write at a place whose content may hold a secret; "" at any other."""
    if not place or place[0] not in _TABLES:
        return ""
    if any(name in place[2:] for name in _NAMES_ONLY):
        return NAME_ONLY
    return _TABLES[str(place[0])] if len(place) < _OF_KEY else ""
