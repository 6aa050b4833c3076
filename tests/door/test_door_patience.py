"""Connections that say nothing, or take nothing, are ended; those that are used are not."""

import socket
import time
from contextlib import ExitStack, suppress

import pytest
from listening import LARGE, answers, connected, ended, listening

from regulars.door import guard, patience

GET = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def hurried(monkeypatch):
    """Make what takes seconds take less."""
    monkeypatch.setattr(patience, "HEAD", 0.6)
    monkeypatch.setattr(patience, "TAKE", 0.6)
    monkeypatch.setattr(guard, "SECONDS", 0.6)


#: Seconds within which fifty who do not finish a head must be gone.
GONE = 15


@pytest.mark.parametrize("part", [5, pytest.param(1, marks=pytest.mark.long, id="the real figures")])
def test_fifty_who_write_a_byte_a_second_are_gone_in_fifteen_seconds_and_others_are_answered_meanwhile(
    part, monkeypatch
):
    """A fifth of all times, and in a long run the real figures: 10 seconds for a head."""
    head = patience.HEAD / part
    assert patience.HEAD < GONE
    monkeypatch.setattr(patience, "HEAD", head)
    with listening() as port, ExitStack() as stack:
        slow = [stack.enter_context(connected(port)) for _ in range(50)]
        silent = [stack.enter_context(connected(port)) for _ in range(50)]
        for one in slow:
            one.sendall(b"GET / HTTP/1.1\r\nX: ")
        began, waits = time.monotonic(), []
        while time.monotonic() - began < head * 1.15:
            for one in slow:
                try:
                    one.sendall(b"x")
                except OSError:
                    continue  # it was ended
            asked = time.monotonic()
            with connected(port) as honest:
                honest.sendall(GET % b"/")
                assert answers(honest)[0][0] == 200
            waits.append(time.monotonic() - asked)
            time.sleep(0.5 / part)
        assert all(ended(one, 3.5) is not None for one in (*slow, *silent))
        assert time.monotonic() - began < max(GONE / part, 4)
        assert sorted(waits)[len(waits) // 2] < 0.5


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("said", [b"", b"GET", b"GET / HTTP/1.1\r\nHost: local"])
def test_whoever_does_not_finish_a_head_is_ended(said):
    with listening() as port, connected(port) as one:
        one.sendall(said)
        assert ended(one, 5) < 3


@pytest.mark.usefixtures("hurried")
def test_a_head_in_pieces_is_taken_if_it_comes_in_time():
    with listening() as port, connected(port) as one:
        for piece in (b"GET / HTTP/1.1\r\n", b"Host: ", b"localhost\r\n", b"\r\n"):
            one.sendall(piece)
            time.sleep(0.1)
        assert answers(one)[0][0] == 200


@pytest.mark.usefixtures("hurried")
def test_pieces_that_come_one_by_one_gain_no_time():
    with listening() as port, connected(port) as one:
        one.sendall(b"GET / HTTP/1.1\r\nX: ")
        for _ in range(12):
            with suppress(OSError):
                one.sendall(b"x")
            time.sleep(0.1)
        assert ended(one, 0.5) is not None


@pytest.mark.usefixtures("hurried")
def test_the_next_request_of_a_connection_is_waited_for_no_longer_than_the_first():
    with listening() as port, connected(port) as one:
        one.sendall(GET % b"/")
        assert answers(one)[0][0] == 200
        one.sendall(b"GET / HT")
        assert ended(one, 5) < 3


def test_a_connection_is_used_again():
    with listening() as port, connected(port) as one:
        for _ in range(20):
            one.sendall(GET % b"/")
            ((status, _, body),) = answers(one)
            assert (status, body) == (200, b"took 0")


@pytest.mark.usefixtures("hurried")
def test_an_answer_that_takes_its_time_is_waited_for():
    with listening() as port, connected(port) as one:
        for _ in range(3):  # longer together than a head may take
            one.sendall(GET % b"/slow")
            assert answers(one)[0][0] == 200


@pytest.mark.usefixtures("hurried")
def test_requests_that_are_sent_at_once_are_answered_in_order():
    with listening() as port, connected(port) as one:
        one.sendall(b"".join(GET % path for path in (b"/status/201", b"/slow", b"/status/404", b"/fault", b"/")))
        assert [status for status, *_ in answers(one, 5)] == [201, 200, 404, 500, 200]


@pytest.mark.usefixtures("hurried")
def test_half_a_request_behind_a_whole_one_is_not_waited_for_for_ever():
    with listening() as port, connected(port) as one:
        one.sendall(GET % b"/slow" + b"GET / HTTP/1.1\r\nHost")
        assert answers(one)[0][0] == 200
        one.sendall(b": ")
        assert ended(one, 8) is not None


def post(size, body, *, chunked=False):
    how = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    return b"POST / HTTP/1.1\r\nHost: localhost\r\n" + how + b"\r\n\r\n" + body


@pytest.mark.usefixtures("hurried")
def test_a_body_that_does_not_come_is_told_and_ended():
    with listening() as port, connected(port) as one:
        one.sendall(post(10_000, b"x"))
        assert answers(one)[0][0] == 408
        assert ended(one, 5) < 3


@pytest.mark.usefixtures("hurried")
def test_a_body_that_drips_is_told_and_ended():
    with listening() as port, connected(port) as one:
        one.sendall(post(10_000, b""))
        began = time.monotonic()
        for _ in range(5):
            one.sendall(b"x")
            time.sleep(0.1)
        assert answers(one)[0][0] == 408
        assert time.monotonic() - began < 1.5


def test_a_body_that_is_too_long_is_told_whether_it_says_so_or_not():
    with listening() as port:
        with connected(port) as one:
            one.sendall(post(50_000_000, b"x" * 1_000))
            assert answers(one)[0][0] == 413
            assert ended(one, 5) < 3
        with connected(port) as one:
            one.sendall(post(0, (b"%x\r\n%s\r\n" % (8_192, b"x" * 8_192)) * 10, chunked=True))
            assert answers(one)[0][0] == 413
            assert ended(one, 5) < 3


def test_a_head_that_is_too_long_is_refused():
    with listening() as port, connected(port) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 200_000)
        assert answers(one)[0][0] in (400, 431)
        assert ended(one, 5) < 3


@pytest.mark.parametrize(
    "said", [b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n" * 100, b"\x00" * 100]
)
def test_what_is_no_request_ends_the_connection_and_nothing_else(said):
    with listening() as port:
        with connected(port) as one:
            one.sendall(said)
            one.shutdown(socket.SHUT_WR)
            assert ended(one, 12) is not None
        with connected(port) as one:
            one.sendall(GET % b"/")
            assert answers(one)[0][0] == 200


@pytest.mark.usefixtures("hurried")
def test_whoever_takes_nothing_of_the_answer_is_ended():
    with listening() as port, connected(port) as one:
        one.sendall(GET % b"/large")
        time.sleep(1.5)
        read = 0
        one.settimeout(5)
        try:
            while more := one.recv(1 << 20):
                read += len(more)
        except OSError:
            pass
        assert read < LARGE


@pytest.mark.usefixtures("hurried")
def test_whoever_takes_an_answer_slowly_gets_all_of_it():
    """In more than a second, that is, of which each must bring some."""
    with listening() as port, connected(port) as one:
        one.sendall(GET % b"/large")
        read = 0
        while read < LARGE:
            more = one.recv(400_000)
            assert more
            read += len(more)
            time.sleep(0.02)


@pytest.mark.usefixtures("hurried")
def test_whoever_leaves_early_harms_nobody():
    with listening() as port:
        for said in (GET % b"/slow", GET % b"/large", post(10_000, b"x")):
            with connected(port) as one:
                one.sendall(said)
        with connected(port) as one:
            one.sendall(GET % b"/")
            assert answers(one)[0][0] == 200


def test_there_are_no_more_connections_than_may_be(monkeypatch):
    monkeypatch.setattr(patience, "MOST", 5)
    with listening() as port, ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(port)).sendall(b"G")
        time.sleep(0.3)
        assert ended(stack.enter_context(connected(port)), 3) is not None


def test_a_head_request_is_answered_like_a_get_without_what_it_says():
    with listening() as port, connected(port) as one:
        one.sendall(b"HEAD /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        head = one.recv(65_536)
        assert b"content-length: %d" % LARGE in head
        assert head.endswith(b"\r\n\r\n")
        one.sendall(GET % b"/")  # and nothing of a body is in the way of the next
        assert answers(one)[0][2] == b"took 0"
