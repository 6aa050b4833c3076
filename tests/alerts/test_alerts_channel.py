"""Channels: what each is sent, that nothing within a network is ever connected to, and that no address is told."""

import json
import socket
import ssl
from email import message_from_string
from html import unescape

import pytest
from channels import DISCORD, EVERY, HOOK, MAIL, SLACK, SLACK_NATIVE, TEAMS, TEAMS_NATIVE, leading_to, message, settings
from connecting import connects

from hooks_server import PUBLIC, receiver, says
from mail_server import mail_server
from regulars.alerts.channel import line
from regulars.core.channel_address import Kind, address
from regulars.core.egress import Egress
from regulars.core.errors import Busy, DataError, Refused, SettingsError, UnknownName
from regulars.state.outbox import Enclosed

OK = says(200, body=b"ok")
WITHIN = ("10.1.2.3", "127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1")
HOSTS = (
    *("127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "2130706433"),
    *("0x7f000001", "0177.0.0.1", "127.1", "localhost", "printer", "db.internal", "localhost.", "%31%32%37.0.0.1"),
)
SHAPES = (
    "https://{}/hook", "https://{}:8443/hook", "https://ann:secret-word@{}/hook", "https://example.com@{}/hook",
    "mailtos://ann:secret-word@{}", "mailtos://ann:secret-word@example.com?smtp={}", "workflows://{}/643e69/iCvF2p",
    "http://{}/hook", "json://{}/hook", "jsons://{}/hook", "gopher://{}/", "mailto://ann:secret-word@{}", "file://{}/etc/passwd",
    "slack://{}/../x", "ftp://{}/x", "form://{}/", "xml://{}", "apprise://{}/x", "syslog://{}", "mqtt://{}", "ntfy://{}",
)  # fmt: skip
ODD = (
    "file:///etc/passwd", "exec://ls", "dbus://", "windows://", "", "hello", "https://", "//example.com/hook",
    f"{DISCORD}?template=file:///etc/passwd", f"{TEAMS}?template=http://127.0.0.1/", f"{SLACK}?template=/etc/passwd",
    f"{DISCORD}?avatar_url=http://127.0.0.1/", f"{MAIL}&pgp=sign&pgpprv=/etc/passwd", f"{MAIL}&mode=insecure",
    f"{MAIL}&verify=no", f"{MAIL}&+X-Header=a", f"{SLACK}?redirect=yes", f"{HOOK}#there", "mailtos://ann:pw@example.com:25",
    f"{HOOK} x",
    f"{HOOK}\nx",     "mailtos://", "https://éxample.com/hook", "https://example.com:99999/",
)  # fmt: skip


def opened(url, egress=None, **more):
    return line(settings(sales=more), "sales", {"SALES": url}, egress)


@pytest.mark.parametrize("shape", SHAPES)
def test_what_leads_into_the_network_is_refused_as_it_is_written_and_not_repeated(shape):
    with socket.create_server(("127.0.0.1", 0)) as listening, connects() as seen:
        for host in (*HOSTS, f"127.0.0.1:{listening.getsockname()[1]}"):
            url = shape.format(host)
            try:
                with pytest.raises(Refused) as refused:
                    opened(url).check()
            except BaseException:
                raise AssertionError(url) from None
            assert not any(part in str(refused.value) for part in (host, "secret-word", "hook/", url))
        listening.settimeout(0.01)
        with pytest.raises(TimeoutError):
            listening.accept()
    assert seen == []


@pytest.mark.parametrize("url", ODD)
def test_odd_addresses_and_what_reads_files_or_lowers_guards_are_refused(url):
    with connects() as seen, pytest.raises((Refused, SettingsError)) as refused:
        opened(url).check()
    assert seen == []
    assert not any(word in str(refused.value) for word in ("hidden-word", "passwd", "secret-of-the-hook"))


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("found", WITHIN)
def test_names_that_lead_into_the_network_are_refused_when_checked_and_when_sent_without_a_connection(kind, found):
    for addresses in ((found,), (PUBLIC, found)):
        told = opened(EVERY[kind], Egress(resolve=lambda _name, _port, known=addresses: known, seconds=2.0))
        with connects() as seen:
            with pytest.raises(Refused):
                told.check()
            with pytest.raises(Refused):
                told.tell([message()], "key")
        assert seen == []


@pytest.mark.parametrize("kind", [kind for kind in EVERY if kind != "mail"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_followed_elsewhere(kind, status):
    with socket.create_server(("127.0.0.1", 0)) as inside:
        to = f"http://127.0.0.1:{inside.getsockname()[1]}/"
        with receiver(says(status, f"Location: {to}"), OK) as server:
            told = opened(EVERY[kind], leading_to(server))
            with pytest.raises(DataError, match="Nobody is followed"):
                told.tell([message()], "key")
            assert server.connects == 1
        inside.settimeout(0.01)
        with pytest.raises(TimeoutError):
            inside.accept()


def test_proxies_and_passwords_of_the_machine_are_not_used(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("machine hooks.slack.com login ann password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with socket.create_server(("127.0.0.1", 0)) as proxy, receiver(OK) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        opened(SLACK, leading_to(server)).tell([message()], "key")
        assert server.dialled == [(PUBLIC, 443)]
        assert "Authorization" not in server.requests[0][1]
        proxy.settimeout(0.01)
        with pytest.raises(TimeoutError):
            proxy.accept()


@pytest.mark.parametrize(("url", "path", "where"), [
    (SLACK, "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", ("attachments", 0, "text")),
    (SLACK_NATIVE, "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", ("attachments", 0, "text")),
    (TEAMS, "/workflows/643e69f83c8944/triggers/manual/paths/invoke", ("attachments", 0, "content", "body", 1, "text")),
    (TEAMS_NATIVE, "/workflows/643e69f83c8944/triggers/", ("attachments", 0, "content", "body", 1, "text")),
    (DISCORD, "/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyz", ("content",)),
    (HOOK, "/secret-of-the-hook", ("messages", 0, "text")),
])  # fmt: skip
def test_each_is_told_in_its_own_way_with_a_key(url, path, where):
    with receiver(OK) as server:
        told = opened(url, leading_to(server), pages="https://stats.example.com/")
        told.check()
        assert server.connects == 0
        told.tell([message(page="kpis/net_revenue")], "key-1")
        ((asked, heads, body),) = server.requests
    assert asked.startswith(f"POST {path}")
    assert heads["Idempotency-Key"] == "key-1"
    found = json.loads(body)
    for step in where:
        found = found[step]
    assert "By 4 % (2 to 6)." in found
    assert "https://stats.example.com/kpis/net_revenue" in body.decode()


@pytest.mark.parametrize("tls_first", [False, True])
def test_mail_goes_over_tls_with_its_key_as_id_and_files_along(tls_first):
    with mail_server(tls_first=tls_first) as server:
        told = opened(f"{MAIL}&mode={'ssl' if tls_first else 'starttls'}", leading_to(server))
        told.tell(
            [message(title="Revenue fell\r\nBcc: x@y.z")], "key-1", Enclosed(name="overview.pdf", content=b"%PDF-1.7")
        )
        assert server.dialled == [(PUBLIC, 465 if tls_first else 587)]
    (raw,) = server.messages
    found = message_from_string(raw)
    assert found["Message-ID"] == "<key-1@example.com>"
    assert (found["To"], found["Bcc"]) == ("ben@example.org", None)
    assert found["Subject"] == "Shop: Revenue fell Bcc: [e-mail]"
    parts = list(found.walk())
    assert any("By 4 % (2 to 6)." in str(one.get_payload(decode=True)) for one in parts)
    assert [one.get_payload(decode=True) for one in parts if one.get_filename() == "overview.pdf"] == [b"%PDF-1.7"]
    assert {said.split()[0] for secure, said in server.said if not secure} <= {"EHLO", "ehlo", "STARTTLS"}


def test_a_mail_server_that_offers_no_tls_or_proves_nothing_is_told_nothing():
    with mail_server(refuses="STARTTLS") as server:
        with pytest.raises((Busy, DataError)):
            opened(MAIL, leading_to(server)).tell([message()], "key")
        assert server.messages == []
    with mail_server() as server:
        egress = leading_to(server, tls=ssl.create_default_context())
        with pytest.raises(Refused, match="does not prove"):
            opened(MAIL, egress).tell([message()], "key")
        assert not any("AUTH" in said or "MAIL" in said for _, said in server.said)


@pytest.mark.parametrize(("refuses", "kind"), [("AUTH", DataError), ("RCPT", DataError), ("DATA", DataError)])
def test_what_a_mail_server_refuses_is_said_without_what_it_was_told(refuses, kind):
    with mail_server(refuses=refuses) as server, pytest.raises(kind) as refused:
        opened(MAIL, leading_to(server)).tell([message()], "key")
    assert not any(word in str(refused.value) for word in ("hidden-word", "anna", "ben@"))


@pytest.mark.parametrize("kind", [kind for kind in EVERY if kind != "mail"])
def test_whether_it_is_worth_to_come_again_is_known(kind):
    with receiver(says(503), says(404)) as server:
        told = opened(EVERY[kind], leading_to(server))
        with pytest.raises(Busy, match="503"):
            told.tell([message()], "key")
        with pytest.raises(DataError, match="404"):
            told.tell([message()], "key")


def test_words_of_records_call_nobody():
    told = message(title="@everyone <!channel>", text="@here <@U123> & *x* " + "w" * 90_000)
    for url in (SLACK, DISCORD, TEAMS):
        with receiver(OK) as server:
            opened(url, leading_to(server)).tell([told], "key")
            body = json.loads(server.requests[0][2])
        said = json.dumps(body, ensure_ascii=False)
        assert not any(call in said for call in ("@everyone", "@here", "<!", "<@"))
        assert "(cut: there is no more room here)" in said


def test_words_of_records_name_nobody_and_lead_nowhere_under_other_words():
    words = "<at>ann@example.org</at> [your bank](https://evil.example) <https://evil.example|your bank> <AT>b</AT>"
    for url in (SLACK, DISCORD, TEAMS):
        with receiver(OK) as server:
            opened(url, leading_to(server), pages="https://stats.example.com").tell(
                [message(title=words, text=f"p <0.05 {words}", facts=((words, words),), page="data")], "key"
            )
            body = json.loads(server.requests[0][2])
        said = unescape(json.dumps(body, ensure_ascii=False))
        assert not any(sign in said.lower() for sign in ("<at>", "](", "<https:", '"mention"'))
        assert "p <0.05" in said
        assert "https://stats.example.com/data" in said


@pytest.mark.parametrize("kind", [kind for kind in EVERY if kind != "mail"])
def test_what_records_say_tells_no_address_of_anybody(kind):
    """Values of attributes stand in causes: the manager of an account, by their address."""
    said = "account_manager ann.smith@example.org ordered less often: EUR 31,000"
    with receiver(OK) as server:
        opened(EVERY[kind], leading_to(server)).tell([message(title=said, text=said, facts=(("Cause", said),))], "key")
        body = server.requests[0][2].decode()
    assert "ann.smith" not in body
    assert "account_manager [e-mail] ordered less often: EUR 31,000" in body


def test_addresses_are_named_by_what_receives():
    kinds = {
        "slack": Kind.SLACK,
        "teams": Kind.TEAMS,
        "discord": Kind.DISCORD,
        "webhook": Kind.WEBHOOK,
        "mail": Kind.MAIL,
    }
    assert {name: address(url).kind for name, url in EVERY.items()} == kinds
    for url in EVERY.values():
        assert url not in repr(opened(url))
        assert "hidden-word" not in repr(opened(url))


def test_what_is_missing_is_said():
    with pytest.raises(UnknownName, match="sales"):
        line(settings(sales={}), "sale", {})
    with pytest.raises(SettingsError, match="`SALES` is not set"):
        line(settings(sales={}), "sales", {})


def test_addresses_of_pages_hold_no_password():
    with pytest.raises(ValueError, match="would stand in every message"):
        settings(sales={"pages": "https://ann:secret-word@stats.example.com"})
