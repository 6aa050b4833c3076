"""Keys are drawn, kept from others, and refused where they could be guessed."""

import stat
import threading

import pytest
from doorway import AT, BY, CHEAP

from regulars.core.errors import SettingsError, StoreError
from regulars.state import audit
from regulars.state.secret import given, kept, server_secret
from regulars.state.store import open_state

HEX = "00112233445566778899aabbccddeeff" * 2


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    first = server_secret(tmp_path)
    assert len(first) == 32
    assert server_secret(tmp_path) == first
    assert stat.S_IMODE((tmp_path / "server.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["server.key"]
    assert server_secret(tmp_path / "other") != first


def test_many_that_make_a_secret_at_once_get_the_same(tmp_path):
    found = set()
    threads = [threading.Thread(target=lambda: found.add(server_secret(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "0 bytes"), (b"short", "5 bytes"), (b"x" * 31, "31 bytes"), (b"changeme" * 8, "guessed")]
)
def test_a_secret_that_is_short_or_typed_is_refused(tmp_path, content, why):
    path = tmp_path / "server.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(SettingsError, match=why) as caught:
        server_secret(tmp_path)
    assert "server.key" in str(caught.value)
    assert "changeme" not in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o644])
def test_a_secret_that_others_may_read_is_refused(tmp_path, mode):
    server_secret(tmp_path)
    (tmp_path / "server.key").chmod(mode)
    with pytest.raises(SettingsError, match=r"can be read by others\. Run `chmod 600"):
        server_secret(tmp_path)


def test_a_place_that_holds_no_file_is_refused(tmp_path):
    (tmp_path / "server.key").mkdir()
    with pytest.raises((SettingsError, StoreError), match=r"server\.key"):
        server_secret(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"):
        kept(tmp_path / "file" / "audit.key")


@pytest.mark.parametrize("text", ["canary", "00" * 31, "ab" * 40, "", HEX[:-1]])
def test_a_key_that_is_given_badly_is_refused_without_repeating_it(text):
    with pytest.raises(SettingsError, match="REGULARS_AUDIT_KEY") as caught:
        given(text)
    assert not text or text not in str(caught.value)


def test_a_key_that_is_given_is_used_instead_of_a_file(place):
    with open_state(place.folder, place.url, audit_key=HEX, passwords=CHEAP) as state:
        audit.record(state, BY, "page.view", at=AT)
    assert not (place.folder / "audit.key").exists()
    with open_state(place.folder, place.url, audit_key=HEX, passwords=CHEAP) as state:
        assert audit.verify(state).sound


def test_a_key_that_is_lost_is_not_quietly_replaced(place):
    place.open().close()
    (place.folder / "audit.key").unlink()
    with pytest.raises(SettingsError, match=r"audit\.key` is missing.*Restore it from a backup"):
        place.open()
    assert not (place.folder / "audit.key").exists()


def test_another_key_does_not_verify_what_was_recorded(place):
    with place.open() as state:
        audit.record(state, BY, "page.view", at=AT)
    with open_state(place.folder, place.url, audit_key=HEX, passwords=CHEAP) as state:
        verdict = audit.verify(state)
    assert (verdict.sound, verdict.first_bad) == (False, 1)
    assert "another key" in verdict.why
