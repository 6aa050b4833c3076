"""Bringing a database up to this version; one made by a newer version is left alone.

A migration is a file in `migrations/versions`. What it does is one transaction, on both databases: it is done or not.
"""

from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from regulars.core.errors import StoreError
from regulars.state.database import Database, Transaction
from regulars.state.tables import METADATA

#: The newest migration; told here so that a database that is up to date opens without Alembic.
HEAD = "0007"
VERSIONS = "regulars_version"
_SCRIPTS = Path(__file__).with_name("migrations")


def upgrade(database: Database) -> None:
    """Bring the tables up to this version.

    Raises:
        StoreError: they were made by a newer version, or are not ours.
        Busy: another process writes, or the disk is full.
    """
    with database.reading() as transaction:
        if revision(transaction, database.where) == HEAD:
            return
    with database.writing() as transaction:
        # Another process may have been faster.
        if revision(transaction, database.where) != HEAD:
            _migrate(transaction.connection, revision(transaction, database.where), database.where)


def revision(transaction: Transaction, where: str) -> str | None:
    """Return the newest migration that was done; None where none was.

    Raises:
        StoreError: there are tables of the same names that are not ours.
    """
    there = set(inspect(transaction.connection).get_table_names())
    if VERSIONS in there:
        row = transaction.row(select(column("version_num")).select_from(table(VERSIONS)))
        return None if row is None else str(row["version_num"])
    if taken := sorted(there.intersection(METADATA.tables)):
        raise StoreError(
            f"`{where}` holds tables of somebody else ({', '.join(f'`{name}`' for name in taken)})."
            " Give Regulars a database of its own."
        )
    return None


def _migrate(connection: Connection, done: str | None, where: str) -> None:
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory(_SCRIPTS).walk_revisions()}
    if done is not None and done not in known:
        raise StoreError(
            f"`{where}` was made by a newer version of Regulars (format {done}; this one knows {HEAD})."
            " Install that one."
        )
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    command.upgrade(config, "head")
