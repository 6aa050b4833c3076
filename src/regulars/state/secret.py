"""Keys that a server keeps beside its state: files of chance that nobody else may read; none has a default."""

import os
import secrets
import stat
from pathlib import Path

from regulars.core.errors import SettingsError, reaching

SERVER_KEY = "server.key"
AUDIT_KEY = "audit.key"
AUDIT_VARIABLE = "REGULARS_AUDIT_KEY"
_BYTES = 32
#: Different bytes below which a key was typed, not drawn: 32 bytes of chance have about 30.
_VARIED = 8
#: More than any key is long.
_MOST = 4096


def server_secret(folder: Path) -> bytes:
    """Return the secret that a server signs with, made on first use in `folder`.

    Raises:
        SettingsError: it is short, or typed rather than drawn, or others may read it.
        StoreError: it cannot be read or made.
    """
    return kept(folder / SERVER_KEY)


def kept(path: Path) -> bytes:
    """Return the key in the file at `path`, which is made where there is none.

    Raises:
        SettingsError: it is short, or typed rather than drawn, or others may read it.
        StoreError: it cannot be read or made.
    """
    with reaching(path):
        if not path.exists():
            _make(path)
        return _sound(_read(path), f"`{path}`", "Delete the file: a new one is made.")


def given(text: str) -> bytes:
    """Return the key that `REGULARS_AUDIT_KEY` gives in hexadecimal.

    Raises:
        SettingsError: it is not hexadecimal, or short, or typed rather than drawn; the message does not hold it.
    """
    advice = "Set it to 64 hexadecimal digits, such as `openssl rand -hex 32` draws."
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        raise SettingsError(f"`{AUDIT_VARIABLE}` is not hexadecimal. {advice}") from None
    return _sound(key, f"`{AUDIT_VARIABLE}`", advice)


def _sound(key: bytes, what: str, advice: str) -> bytes:
    if len(key) < _BYTES:
        raise SettingsError(f"{what} is too short: {len(key)} bytes, where {_BYTES} are needed. {advice}")
    if len(set(key)) < _VARIED:
        raise SettingsError(f"{what} can be guessed: it has only {len(set(key))} different bytes. {advice}")
    return key


def _make(path: Path) -> None:
    """Write a new key, whole or not at all; where another process is faster, its key stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return
        _sync(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    # Without O_NONBLOCK, a pipe at that place would keep us waiting.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if not stat.S_ISREG(mode):
            raise SettingsError(f"`{path}` is no file. Remove it: a new one is made.")
        if mode & 0o077:
            raise SettingsError(f"`{path}` can be read by others. Run `chmod 600 {path}`, or delete it if others did.")
        return file.read(_MOST)
