"""The one way out: whatever is not public is not even connected to, and nobody keeps it waiting."""

import time

import pytest

from hooks_server import PUBLIC, drips, hangs, receiver, says
from regulars.core.destination import Destination, destination, public
from regulars.core.errors import Busy, Refused

HOOK = destination("https://hooks.example.com/a?b=c")

WRONG = {
    "http://example.com/": "begin with `https://`",
    "ftp://example.com/": "begin with `https://`",
    "//example.com/": "begin with `https://`",
    "file:///etc/hosts": "begin with `https://`",
    "https://ann:secret@example.com/": "name or password",
    "https://example.com@127.0.0.1/": "name or password",
    "https://example.com\\@127.0.0.1/": "signs that addresses do not have",
    "https://exa mple.com/": "signs",
    "https://example.com/\r\nHost: x": "signs",
    "https://example.com/#here": "signs",
    "https://１２７.0.0.1/": "ASCII",
    "https://bücher.example/": "ASCII",
    "https:///hook": "no full name",
    "https://localhost/": "no full name",
    "https://printer/": "no full name",
    "https://example.com./": "no full name",
    "https://exa_mple.com/": "no full name",
    "https://%6c%6f.com/": "no full name",
    "https://api.localhost/": "within a network",
    "https://db.internal/": "within a network",
    "https://2130706433/": "is no address",
    "https://0x7f000001/": "is no address",
    "https://0x7f.0.0.1/": "is no address",
    "https://0177.0.0.1/": "is no address",
    "https://127.1/": "is no address",
    "https://example.0x7f/": "is no address",
    "https://[::1": "is no address",
    "https://example.com:99999/": "is no address",
    "https://example.com:8443/": "`port` is 443",
    "https://example.com:80/": "`port` is 443",
    "https://example.com:/": "of port 443",
}
WITHIN = """
0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 127.9.9.9 168.63.129.16 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8
192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.51.100.7 203.0.113.9 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255
:: ::1 ::7f00:1 ::ffff:127.0.0.1 ::ffff:93.184.215.14 64:ff9b::a00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1
2002:7f00:1:: 3fff::1 fc00::1 fd12::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2606:2800::1%1
""".split()


@pytest.mark.parametrize(("url", "why"), WRONG.items())
def test_addresses_that_could_mean_another_are_refused_as_they_are_written(url, why):
    with pytest.raises(Refused, match=why):
        destination(url)


@pytest.mark.parametrize("address", WITHIN)
def test_addresses_within_networks_are_refused_written_out_and_looked_up(address):
    with pytest.raises(Refused):
        public(address)
    with pytest.raises(Refused):
        destination(f"https://{f'[{address}]' if ':' in address else address}/")
    for found in ((address,), (PUBLIC, address), (address, PUBLIC)):
        with receiver() as server:
            with pytest.raises(Refused, match=r"hooks\.example\.com"):
                server.egress(*found).post(HOOK, b"{}", {})
            assert (server.connects, server.dialled) == (0, [])


def test_addresses_that_are_public_are_taken():
    assert destination("HTTPS://Hooks.Example.com") == Destination(host="hooks.example.com", port=443, target="/")
    assert destination("https://example.com:8443/x", port=8443).port == 8443
    assert destination("https://xn--bcher-kva.example/?q").target == "/?q"
    assert destination(f"https://{PUBLIC}/").host == PUBLIC
    assert destination("https://[2606:2800:21F::1]/").host == "2606:2800:21f::1"


def test_what_is_sent_arrives_at_the_address_that_was_looked_up_once():
    asked = []

    def resolve(name, port):
        asked.append((name, port))
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    with receiver(says(204)) as server:
        answer = server.egress(resolve=resolve).post(HOOK, b"hello", {"X-Own": "1"})
        assert answer.taken
        ((line, said, body),) = server.requests
    assert (line, body) == ("POST /a?b=c HTTP/1.1", b"hello")
    assert (said["Host"], said["X-Own"]) == ("hooks.example.com", "1")
    assert asked == [("hooks.example.com", 443)]
    assert server.dialled == [(PUBLIC, 443)]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nobody_is_followed_elsewhere(status):
    with receiver(says(status, "Location: https://127.0.0.1/"), says(200)) as server:
        answer = server.egress().post(HOOK, b"{}", {})
        assert (answer.status, answer.taken, answer.later) == (status, False, False)
        assert server.connects == 1


@pytest.mark.parametrize(
    ("status", "heads", "later", "wait"),
    [
        (503, ("Retry-After: 7",), True, 7.0),
        (429, ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT",), True, None),
        (408, (), True, None),
        (400, ("Retry-After: 1e999",), False, None),
    ],
)
def test_an_answer_says_whether_to_come_again(status, heads, later, wait):
    with receiver(says(status, *heads)) as server:
        answer = server.egress().post(HOOK, b"{}", {})
    assert (answer.status, answer.later, answer.wait) == (status, later, wait)


@pytest.mark.parametrize("slow", [hangs, drips])
def test_whoever_does_not_answer_is_left_in_time(slow):
    begun = time.monotonic()
    with receiver(slow) as server, pytest.raises(Busy, match=r"did not answer within 0\.5 seconds"):
        server.egress(seconds=0.5).post(HOOK, b"{}", {})
    assert time.monotonic() - begun < 3


def test_a_name_that_nobody_tells_is_left_in_time():
    with receiver() as server:
        with pytest.raises(Busy, match="not known now"):
            server.egress(seconds=0.2, resolve=lambda *_: time.sleep(2) or [PUBLIC]).post(HOOK, b"{}", {})
        with pytest.raises(Busy, match="not known now"):
            server.egress(resolve=lambda *_: []).post(HOOK, b"{}", {})
        assert server.connects == 0


def test_a_large_answer_is_not_read_whole_and_never_told():
    with receiver(says(200, body=b"secret" * 4_000_000)) as server:
        answer = server.egress().post(HOOK, b"{}", {})
    assert answer.taken
    assert "secret" not in repr(answer)


def test_whoever_is_not_who_they_should_be_is_told_nothing():
    with receiver(says(200)) as server:
        with pytest.raises(Refused, match="does not prove to be it"):
            server.egress().post(destination("https://other.example.com/"), b"secret", {})
        assert server.requests == []


def test_what_is_no_answer_is_not_taken_for_one():
    with receiver(lambda one, _: one.sendall(b"SSH-2.0-x\r\n"), lambda one, _: None) as server:
        for _ in range(2):
            with pytest.raises(Busy, match="cannot be reached"):
                server.egress().post(HOOK, b"{}", {})


def test_where_the_first_address_is_closed_the_next_is_tried_and_then_no_more():
    with receiver(says(200)) as server:
        whole = server.egress(PUBLIC, "8.8.8.8")

        def closed(address, port, patience):
            if address == PUBLIC:
                raise ConnectionRefusedError
            return whole.connect(address, port, patience)

        assert server.egress(PUBLIC, "8.8.8.8", connect=closed).post(HOOK, b"{}", {}).taken
        with pytest.raises(Busy, match="cannot be reached"):
            server.egress(PUBLIC, connect=closed).post(HOOK, b"{}", {})
