"""The outbox on both databases: at least once, in order, with a key that stays; nothing is lost, nothing put twice."""

from datetime import UTC, datetime, timedelta

import pytest

from regulars.core.errors import QueryError
from regulars.core.message import Message, Tells
from regulars.state import outbox
from regulars.state.outbox import LEASE, MOST_ENCLOSED, WAITS, Enclosed, Standing

AT = datetime(2026, 3, 2, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def message(key, tells=Tells.ALERT):
    return Message(tells=tells, key=key, title=f"About {key}", text="Words – é 中.", facts=(("n", "12"),), bad=True)


def test_what_is_put_is_taken_whole_and_in_order(state):
    assert outbox.put(state, "sales", message("a"), at=AT)
    assert outbox.put(state, "sales", message("b"), at=AT)
    assert outbox.put(state, "service", message("a"), at=AT)
    parcel = outbox.take(state, "sales", at=AT)
    assert [one.message for one in parcel.letters] == [message("a")]
    assert outbox.take(state, "sales", at=AT) is None  # in order: not before the first is settled
    outbox.delivered(state, parcel, at=AT)
    assert outbox.take(state, "sales", at=AT).letters[0].message.key == "b"
    assert outbox.take(state, "service", at=AT).letters[0].message.key == "a"


def test_a_key_is_put_once_to_each_channel_whatever_became_of_it(state):
    assert outbox.put(state, "sales", message("k" * 5000), at=AT)
    assert not outbox.put(state, "sales", message("k" * 5000), at=AT + MINUTE)
    outbox.delivered(state, outbox.take(state, "sales", at=AT), at=AT)
    assert not outbox.put(state, "sales", message("k" * 5000), at=AT + MINUTE)
    assert outbox.counts(state) == {"sales": {Standing.SENT: 1}}


def test_who_dies_between_sending_and_writing_it_down_sends_again_with_the_same_key(state):
    outbox.put(state, "sales", message("a"), at=AT)
    first = outbox.take(state, "sales", at=AT)
    assert outbox.take(state, "sales", at=AT + LEASE - MINUTE) is None
    again = outbox.take(state, "sales", at=AT + LEASE)
    assert (again.key, again.ids) == (first.key, first.ids)
    assert not outbox.failed(state, first, "too late to say", at=AT + LEASE)  # somebody else has it
    assert outbox.take(state, "sales", at=AT + LEASE + MINUTE) is None
    outbox.delivered(state, again, at=AT + LEASE)
    assert outbox.take(state, "sales", at=AT + 9 * LEASE) is None


def test_what_is_not_taken_is_sent_again_later_and_later_and_dies_in_the_end(state):
    outbox.put(state, "sales", message("a"), at=AT)
    at = AT
    for wait in WAITS:
        parcel = outbox.take(state, "sales", at=at)
        assert not outbox.failed(state, parcel, "nobody is there", at=at)
        assert outbox.take(state, "sales", at=at + wait - timedelta(seconds=1)) is None
        at += wait
    assert outbox.failed(state, outbox.take(state, "sales", at=at), "nobody is there", at=at)
    assert outbox.take(state, "sales", at=at + timedelta(days=9)) is None
    (dead,) = outbox.letters(state, standing=Standing.DEAD)
    assert (dead.tries, dead.trouble) == (len(WAITS) + 1, "nobody is there")
    assert outbox.retry(state, [dead.id], at=at) == 1
    assert outbox.take(state, "sales", at=at).letters[0].tries == 0


def test_what_will_never_be_taken_dies_at_once_and_lets_the_next_one_pass(state):
    outbox.put(state, "sales", message("a"), at=AT)
    outbox.put(state, "sales", message("b"), at=AT)
    assert outbox.failed(state, outbox.take(state, "sales", at=AT), "says 404", at=AT, final=True)
    assert outbox.take(state, "sales", at=AT).letters[0].message.key == "b"
    assert outbox.drop(state, None, at=AT) == 2
    assert outbox.take(state, "sales", at=AT + LEASE) is None
    assert outbox.latest(state, "sales", Standing.DROPPED).message.key == "b"


def test_a_digest_gathers_what_was_put_before_and_stays_the_same_when_it_is_sent_again(state):
    for place, key in enumerate("abc"):
        outbox.put(state, "sales", message(key), at=AT + place * MINUTE)
    before = AT + 2 * MINUTE
    first = outbox.take(state, "sales", at=before, before=before)
    assert [one.message.key for one in first.letters] == ["a", "b"]
    outbox.failed(state, first, "nobody is there", at=before)
    again = outbox.take(state, "sales", at=before + WAITS[0], before=before + WAITS[0])
    assert (again.ids, again.key) == (first.ids, first.key)
    outbox.delivered(state, again, at=before)
    assert outbox.take(state, "sales", at=before, before=before) is None
    assert outbox.take(state, "sales", at=before, before=before + MINUTE).letters[0].message.key == "c"


def test_a_file_goes_alone_and_is_forgotten_once_it_was_taken(state):
    file = Enclosed(name="overview.pdf", content=b"%PDF" * 100)
    outbox.put(state, "sales", message("a"), at=AT)
    outbox.put(state, "sales", message("b", Tells.REPORT), at=AT, enclosed=file)
    outbox.put(state, "sales", message("c"), at=AT)
    first = outbox.take(state, "sales", at=AT, before=AT + MINUTE)
    assert (len(first.letters), first.enclosed) == (1, None)
    outbox.delivered(state, first, at=AT)
    second = outbox.take(state, "sales", at=AT, before=AT + MINUTE)
    assert second.enclosed == file
    outbox.delivered(state, second, at=AT)
    outbox.retry(state, None, at=AT)  # what was sent stays so
    assert outbox.counts(state)["sales"] == {Standing.SENT: 2, Standing.WAITING: 1}
    with pytest.raises(QueryError, match="Write it to a folder"):
        outbox.put(state, "sales", message("d"), at=AT, enclosed=Enclosed(name="x", content=b"0" * (MOST_ENCLOSED + 1)))


def test_a_clock_that_is_set_back_holds_nothing_up(state):
    outbox.put(state, "sales", message("a"), at=AT)
    assert outbox.take(state, "sales", at=AT) is not None
    assert outbox.take(state, "sales", at=AT - timedelta(days=2)) is not None


def test_what_is_over_is_forgotten_with_its_key(state):
    outbox.put(state, "sales", message("a"), at=AT)
    outbox.put(state, "sales", message("b"), at=AT)
    outbox.delivered(state, outbox.take(state, "sales", at=AT), at=AT)
    assert outbox.forget(state, before=AT) == 0
    assert outbox.forget(state, before=AT + MINUTE) == 1
    assert [one.message.key for one in outbox.letters(state)] == ["b"]
    assert outbox.put(state, "sales", message("a"), at=AT)
