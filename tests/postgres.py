"""A PostgreSQL server of the tests' own, gone after them; what needs it is skipped where there is none."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; Debian keeps them out of the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("initdb") or (debian and debian[-1])
    if not found:
        pytest.skip("PostgreSQL is not installed (apt-get install postgresql)")
    return Path(found).resolve().parent


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a server, whose only user is `regulars` and may do anything without a password."""
    pytest.importorskip("psycopg")
    programs, port = _programs(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="regulars-postgres-"))
    # The server refuses to run as root.
    user = None
    if os.geteuid() == 0:
        user = next(name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()})
        shutil.chown(folder, user)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"

    def run(program: str, *arguments: object) -> None:
        with (folder / "output").open("ab") as output:
            command = [programs / program, "-D", folder / "data", *map(str, arguments)]
            subprocess.run(command, check=True, user=user, cwd=folder, stdout=output, stderr=output)

    try:
        run("initdb", "-U", "regulars", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        run("pg_ctl", "-l", folder / "log", "-w", "-o", options, "start")
        try:
            yield f"postgres://regulars@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def postgres_database(postgres_server) -> Iterator[str]:
    """The address of an empty database."""
    import psycopg

    name = f"regulars_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield f"{postgres_server.rpartition('/')[0]}/{name}"
        # An empty one takes 7 MB.
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
