"""The tables of the state. Instants are whole microseconds since 1970 (state/instants.py), secrets are digests."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

#: Length of a SHA-256 in hexadecimal.
_DIGEST = String(64)

people = Table(
    "people",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("personal", Boolean, nullable=False),
    Column("teams", Text, nullable=False),
    Column("password", Text),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

# A session of nobody is that of the built-in local person (state/person.py).
sessions = Table(
    "sessions",
    METADATA,
    Column("digest", _DIGEST, primary_key=True),
    Column("person", ForeignKey("people.name", ondelete="CASCADE"), index=True),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)

links = Table(
    "links",
    METADATA,
    Column("digest", _DIGEST, primary_key=True),
    Column("expires_at", BigInteger, nullable=False),
)

attempts = Table(
    "attempts",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("subject", String(80), nullable=False, index=True),
    Column("at", BigInteger, nullable=False),
)

tokens = Table(
    "tokens",
    METADATA,
    Column("digest", _DIGEST, primary_key=True),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("name", String(64), nullable=False),
    Column("owner", ForeignKey("people.name", ondelete="CASCADE"), nullable=False, index=True),
    Column("scopes", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger),
    Column("expires_at", BigInteger),
)

audit = Table(
    "audit",
    METADATA,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("rows", BigInteger),
    Column("result", Text, nullable=False),
    Column("previous", _DIGEST, nullable=False),
    Column("hmac", _DIGEST, nullable=False),
)

audit_head = Table(
    "audit_head",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, nullable=False),
    Column("hmac", _DIGEST, nullable=False),
    Column("seal", _DIGEST, nullable=False),
)

audiences = Table(
    "audiences",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("action", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("team", String(64), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("days", Integer, nullable=False),
    Column("holdout", Float, nullable=False),
    Column("said", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(80), nullable=False),
)

# Ids may be longer than what a database indexes, so they are found by their digest.
members = Table(
    "members",
    METADATA,
    Column("audience", ForeignKey("audiences.name", ondelete="CASCADE"), primary_key=True),
    Column("digest", _DIGEST, primary_key=True),
    Column("customer_id", Text, nullable=False),
    Column("arm", String(16), nullable=False),
    Column("part", Text, nullable=False),
    Column("place", Integer, nullable=False),
    Column("profit", Float, nullable=False),
    Column("error", Float, nullable=False),
    Column("status", String(16), nullable=False),
    Column("assignee", String(64), index=True),
    Column("until", BigInteger),
    Column("outcome", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("ix_members_work", "arm", "status", "profit", "audience", "place"),
    Index("ix_members_place", "audience", "arm", "place"),
)

alerts = Table(
    "alerts",
    METADATA,
    Column("key", String(120), primary_key=True),
    Column("tells", String(16), nullable=False),
    Column("rule", String(80), nullable=False, index=True),
    Column("kpi", String(80), nullable=False),
    Column("first", String(10), nullable=False),
    Column("last", String(10), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("said", Text, nullable=False),
    Column("way", Integer, nullable=False),
    Column("fired_at", BigInteger, nullable=False, index=True),
    Column("ended", String(10)),
    Column("status", String(16), nullable=False),
    Column("until", BigInteger),
    Column("note", Text, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("done", Text, nullable=False),
    Column("changed_by", String(80), nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

# How far each rule was checked; that of the records themselves is called `*`.
alert_checks = Table(
    "alert_checks",
    METADATA,
    Column("rule", String(80), primary_key=True),
    Column("until", String(10), nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("moves", Integer, nullable=False),
    Column("said", Text, nullable=False),
)

# Letters to channels, in the order in which they were put; keys may be longer than what a database indexes.
outbox = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("channel", String(64), nullable=False),
    Column("digest", _DIGEST, nullable=False),
    Column("said", Text, nullable=False),
    Column("enclosed", LargeBinary),
    Column("enclosed_as", Text, nullable=False),
    Column("enclosed_for", Text, nullable=False, server_default=""),
    Column("put_at", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("taken_until", BigInteger, nullable=False),
    Column("parcel", Integer),
    Column("trouble", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    UniqueConstraint("channel", "digest", name="uq_outbox_channel"),
    Index("ix_outbox_next", "channel", "status", "id"),
)

# What of the schedule is known: since when, and by which times, so that what was before is not made up for.
schedules = Table(
    "schedules",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("times", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)

slots = Table(
    "slots",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("slot", BigInteger, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("began_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("said", Text, nullable=False),
)
