"""How audiences are handed out: `[sharing]` and `[webhooks]` of `regulars.toml`."""

from enum import StrEnum

from pydantic import Field, field_validator, model_validator

from regulars.core.definitions import Part
from regulars.core.destination import HTTPS, Destination, destination
from regulars.core.errors import Refused

#: What belongs into `secret_env`. What stood there is never told: it may be the secret itself.
NAME_ONLY = (
    "Write the NAME of an environment variable (capitals, digits and `_`, such as `CRM_SECRET`), never the secret "
    "itself; what is written there is not shown."
)
#: How a webhook is written.
WEBHOOK = "Write a table `[webhooks.NAME]` with `url` and `secret_env`; what is written there is not shown."


class Mask(StrEnum):
    """What becomes of a column that others are given."""

    KEEP = "keep"
    """It stays; where too few customers share it, it becomes `other`."""
    YEAR = "year"
    """The year of a date stays."""
    FIRST = "first"
    """The first letter stays."""
    HASH = "hash"
    """A pseudonym, made with a secret of the company, another for each recipient."""
    SHA256 = "sha256"
    """Plain SHA-256 of it in small letters, as advertisers ask for e-mail addresses; anybody can try values out."""
    DROP = "drop"
    """It is left out."""


class Sharing(Part):
    """What others are given of customers (`--shared`)."""

    k: int = Field(default=5, ge=2, le=1000)
    """Least customers that share what is told of each."""
    columns: dict[str, Mask] = Field(default_factory=dict)
    """What becomes of each attribute: `keep`, `year`, `first`, `hash`, `sha256` or `drop`."""


class Webhook(Part):
    """An address that audiences are sent to."""

    url: str
    """Address, of https; never one within a network."""
    secret_env: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    """Variable of the environment that holds the secret that what is sent is signed with."""
    port: int = Field(default=HTTPS, ge=1, le=65535)
    """Port of the address."""
    batch: int = Field(default=500, ge=1, le=10_000)
    """Customers that are sent at once."""
    shared: bool = True
    """Whether it is somebody else's: they are given what `--shared` gives."""

    @model_validator(mode="after")
    def _allowed(self) -> "Webhook":
        try:
            _ = self.to
        except Refused as cause:
            raise ValueError(str(cause)) from None
        return self

    @field_validator("url")
    @classmethod
    def _short(cls, url: str) -> str:
        if len(url) > 2000:
            raise ValueError("This address is longer than 2,000 signs.")
        return url

    @property
    def to(self) -> Destination:
        """Where it leads."""
        return destination(self.url, port=self.port)
