"""The audit log: whatever is done to it afterwards shows, and at which entry."""

import threading
from dataclasses import replace
from itertools import pairwise

import pytest
from doorway import AT, BY, CHEAP, SECOND, Place, person, tamper
from hypothesis import given
from hypothesis import strategies as some

from regulars.core.errors import StoreError
from regulars.state import audit, chain, people
from regulars.state.audit import By
from regulars.state.chain import SEALED, Keys, Verdict
from regulars.state.store import open_state

LENGTH = 9


def write(state, length=LENGTH):
    for number in range(1, length + 1):
        by = By(actor=f"person-{number % 3}", key="rg_abcdefgh", address="192.0.2.7")
        audit.record(state, by, "page.view", f"page-{number}", purpose="why", rows=number, at=AT + number * SECOND)


def bad(state) -> int | None:
    verdict = audit.verify(state)
    assert verdict.sound == (verdict.first_bad is None) == (not verdict.why)
    assert verdict.sound or verdict.entries == verdict.first_bad - 1
    return verdict.first_bad


# --- On both databases -------------------------------------------------------------------------------------------


def test_an_entry_says_who_did_what_to_what_for_what_and_what_came_of_it(state):
    by = By(actor="anna", key="rg_abcdefgh", address="192.0.2.7")
    said = {"purpose": "answers a complaint", "rows": 12, "result": "done", "at": AT}
    entry = audit.record(state, by, "customer.view", "c0ffee", **said)
    assert audit.entries(state, limit=5) == [entry]
    assert (entry.seq, entry.at, entry.by, entry.action, entry.object) == (1, AT, by, "customer.view", "c0ffee")
    assert (entry.purpose, entry.rows, entry.result) == ("answers a complaint", 12, "done")


def test_the_newest_entries_come_first(state):
    write(state)
    assert [entry.seq for entry in audit.entries(state, limit=3)] == [9, 8, 7]


def test_a_log_as_it_was_written_is_sound(state):
    assert audit.verify(state) == Verdict(sound=True, entries=0)
    write(state)
    assert audit.verify(state) == Verdict(sound=True, entries=LENGTH)


def test_numbers_have_no_gap_though_entries_are_taken_back(state):
    def fail():
        with state.writing():
            audit.record(state, BY, "person.add", at=AT)
            raise KeyError

    write(state, 2)
    with pytest.raises(KeyError):
        fail()
    write(state, 2)
    assert audit.verify(state) == Verdict(sound=True, entries=4)


@pytest.mark.parametrize(
    ("done", "first_bad", "why"),
    [
        (["DELETE FROM audit WHERE seq = 4"], 4, "entry 4 is gone"),
        (["DELETE FROM audit WHERE seq = 1"], 1, "entry 1 is gone"),
        (["DELETE FROM audit WHERE seq IN (3, 4, 5)"], 3, "entries 3 to 5 are gone"),
        (["UPDATE audit SET actor = 'nobody' WHERE seq = 7"], 7, "entry 7 is not as it was written"),
        (["UPDATE audit SET rows = NULL WHERE seq = 1"], 1, "not as it was written"),
        (["UPDATE audit SET hmac = 'é' WHERE seq = 2"], 2, "not as it was written"),
        (["DELETE FROM audit WHERE seq > 6"], 7, "entries 7 to 9 are gone from the end"),
        (["DELETE FROM audit WHERE seq = 9"], 9, "entry 9 is gone from the end"),
        (["DELETE FROM audit"], 1, "entries 1 to 9 are gone from the end"),
        (["DELETE FROM audit_head"], 10, "the end of the log is gone"),
        (["DELETE FROM audit", "DELETE FROM audit_head"], 1, "the end of the log is gone"),
        (
            [
                "DELETE FROM audit WHERE seq > 6",
                "UPDATE audit_head SET seq = 6, hmac = (SELECT hmac FROM audit WHERE seq = 6)",
            ],
            7,
            "the end of the log is not as it was written",
        ),
        (["UPDATE audit SET seq = 0 WHERE seq = 5"], 0, "entry 0 was put in"),
        (
            [
                "UPDATE audit SET seq = 100 WHERE seq = 3",
                "UPDATE audit SET seq = 3 WHERE seq = 5",
                "UPDATE audit SET seq = 5 WHERE seq = 100",
            ],
            3,
            "entry 3 is not as it was written",
        ),
        (
            [f"INSERT INTO audit SELECT 10, {', '.join(SEALED[1:])}, hmac FROM audit WHERE seq = 9"],
            10,
            "entry 10 is not as it was written",
        ),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)
def test_whatever_is_done_to_the_log_shows(state, done, first_bad, why):
    write(state)
    tamper(state, *done)
    verdict = audit.verify(state)
    assert not verdict.sound
    assert verdict.first_bad == first_bad
    assert why in verdict.why


def test_what_was_cut_off_shows_for_ever(state):
    write(state)
    tamper(state, "DELETE FROM audit WHERE seq > 6")
    write(state)
    assert bad(state) == 7
    assert audit.entries(state, limit=1)[0].seq == 18


def test_nothing_follows_an_end_that_is_gone(state):
    write(state)
    tamper(state, "DELETE FROM audit_head")
    with pytest.raises(StoreError, match="was tampered with"):
        write(state)

    def add():
        with state.writing():
            person(state)
            write(state)

    with pytest.raises(StoreError, match="was tampered with"):
        add()
    assert people.everyone(state) == []


@pytest.mark.parametrize("each", [False, True], ids=["one state", "a state each"])
def test_many_that_write_at_once_make_one_chain(place, each):
    failed = []

    def run(state, number):
        try:
            for turn in range(12):
                audit.record(state, By(actor=f"writer-{number}"), "turn", str(turn), at=AT)
        except Exception as error:
            failed.append(error)

    states = [place.open() for _ in range(4 if each else 1)]
    threads = [threading.Thread(target=run, args=(states[number % len(states)], number)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            assert audit.verify(states[0]).sound
            thread.join(0.02)
    assert failed == []
    assert audit.verify(states[0]) == Verdict(sound=True, entries=48)
    found = audit.entries(states[0], limit=100)
    assert [entry.seq for entry in found] == list(range(48, 0, -1))
    turns = {f"writer-{n}": [int(e.object) for e in reversed(found) if e.by.actor == f"writer-{n}"] for n in range(4)}
    assert turns == {f"writer-{n}": list(range(12)) for n in range(4)}
    for state in states:
        state.close()


def test_whatever_is_said_fits_into_a_line_of_the_log(state):
    said = audit.record(state, By(actor="a\0b\nc\ud800"), "x" * 1000, "\u2028[red]", purpose="\x85", at=AT)
    assert said.by.actor == "a b c "
    assert len(said.action) == 200
    assert audit.entries(state, limit=1) == [said]
    assert audit.verify(state).sound


def test_a_long_log_is_verified_without_keeping_it(place):
    with place.open() as state:
        with state.writing():
            write(state, 2500)
        assert audit.verify(state) == Verdict(sound=True, entries=2500)
        tamper(state, "UPDATE audit SET object = 'x' WHERE seq = 1200")
        assert bad(state) == 1200
        assert bad(state) == 1200


def test_a_pseudonym_is_the_same_for_the_same_and_says_nothing(state, tmp_path):
    one, again, other = (audit.pseudonym(state, text) for text in ("a@b.example", "a@b.example", "c@d.example"))
    assert one == again != other
    assert len(one) == 16
    assert "a@b" not in one
    with open_state(tmp_path / "other", passwords=CHEAP) as elsewhere:
        assert audit.pseudonym(elsewhere, "a@b.example") != one


def test_keys_are_not_shown(state):
    shown = repr(state) + repr(state.keys)
    assert [part for part in (state.keys.entries, state.keys.head, state.keys.names) if repr(part) in shown] == []
    assert repr(state.keys) == "Keys()"


# --- In every way ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple[Keys, list, dict]:
    """The keys of a log, its rows and its head."""
    with Place(tmp_path_factory.mktemp("audit"), None).open() as state:
        write(state)
        with state.reading() as transaction:
            end = chain.head(transaction)
            rows = list(transaction.rows(audit.select(audit.audit).order_by(audit.audit.c.seq)))
    assert chain.verify(state.keys, rows, end).sound
    return state.keys, rows, end


def first_bad(written, rows, end=None):
    verdict = chain.verify(written[0], rows, end or written[2])
    assert not verdict.sound
    return verdict.first_bad


places = some.integers(min_value=0, max_value=LENGTH - 1)
values = some.one_of(some.none(), some.integers(), some.text(max_size=20), some.floats(), some.binary(max_size=4))


@given(some.sets(places, min_size=1))
def test_whichever_entries_are_dropped_the_first_is_named(written, gone):
    rows = [row for place, row in enumerate(written[1]) if place not in gone]
    assert first_bad(written, rows) == min(gone) + 1


@given(places, some.sampled_from([*SEALED[1:], "hmac"]), values)
def test_whatever_is_altered_is_named(written, place, column, value):
    rows = [dict(row) for row in written[1]]
    if (type(value), value) == (type(rows[place][column]), rows[place][column]):
        return
    rows[place][column] = value
    assert first_bad(written, rows) == place + 1


@given(some.integers(min_value=0, max_value=LENGTH), places, some.text(max_size=5))
def test_whatever_is_put_in_between_and_renumbered_is_named(written, place, like, actor):
    rows = [dict(row) for row in written[1]]
    rows.insert(place, {**rows[like], "actor": actor, "object": "put in"})
    assert first_bad(written, [{**row, "seq": number} for number, row in enumerate(rows, 1)]) == place + 1


@given(some.integers(min_value=0, max_value=LENGTH - 1))
def test_wherever_the_log_is_cut_off_the_next_is_named(written, length):
    keys, rows, head = written
    assert first_bad(written, rows[:length]) == length + 1
    # Neither does it help to put another end there, which only the key can seal.
    end = {**head, "seq": length, "hmac": rows[length - 1]["hmac"] if length else ""}
    assert first_bad(written, rows[:length], end) == length + 1
    assert chain.verify(replace(keys, head=b"another"), rows, head).first_bad == LENGTH + 1


@given(some.permutations(range(LENGTH)))
def test_whatever_order_they_are_put_into_the_first_out_of_place_is_named(written, order):
    rows = [{**written[1][place], "seq": number} for number, place in enumerate(order, 1)]
    wrong = [number for number, place in enumerate(order, 1) if place != number - 1]
    if wrong:
        assert first_bad(written, rows) == wrong[0]


@given(some.sampled_from(["seq", "hmac", "seal"]), values)
def test_whatever_is_done_to_the_end_is_found(written, column, value):
    _, rows, head = written
    if (type(value), value) != (type(head[column]), head[column]):
        assert first_bad(written, rows, {**head, column: value}) == LENGTH + 1


def test_an_older_end_put_back_is_found(written):
    keys, rows, head = written
    older = {**head, "seq": 4, "hmac": rows[3]["hmac"], "seal": chain._end(keys, 4, rows[3]["hmac"])}
    assert chain.verify(keys, rows, older).first_bad == 5
    newer = {**head, "seq": 12, "hmac": "x", "seal": chain._end(keys, 12, "x")}
    assert chain.verify(keys, rows, newer).why == "entries 10 to 12 are gone from the end"
    other = {**head, "seq": 9, "hmac": "x", "seal": chain._end(keys, 9, "x")}
    assert chain.verify(keys, rows, other).first_bad == 9


def test_each_entry_is_sealed_with_the_one_before_it(written):
    _, rows, _ = written
    assert rows[0]["previous"] == ""
    assert all(after["previous"] == before["hmac"] for before, after in pairwise(rows))
    assert len({row["hmac"] for row in rows}) == LENGTH


def test_a_chain_of_the_same_keys_cannot_be_spliced_in(written, tmp_path):
    """Entries that another branch of the same log had, as after a backup was put back, do not fit."""
    keys, rows, head = written
    forged = {**rows[4], "previous": rows[2]["hmac"]}
    forged["hmac"] = chain.seal(keys, forged)
    found = chain.verify(keys, [*rows[:4], forged, *rows[5:]], head)
    assert (found.first_bad, found.why) == (5, "entry 5 does not follow the one before it")
