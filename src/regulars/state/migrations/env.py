"""What Alembic runs to migrate the connection that it is given (state/migrating.py)."""

from alembic import context

from regulars.state.migrating import VERSIONS
from regulars.state.tables import METADATA


def run() -> None:
    """Migrate within the transaction that the connection is in."""
    context.configure(
        connection=context.config.attributes["connection"], target_metadata=METADATA, version_table=VERSIONS
    )
    with context.begin_transaction():
        context.run_migrations()


# Alembic runs this file under that name; anybody else just imports it.
if __name__ == "env_py":
    run()
