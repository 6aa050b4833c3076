"""What is served is the wheel, and who started it comes in by the link that it prints."""

from pathlib import Path

import httpx
import pytest

from browser.installed import CHECKOUT


def test_the_wheel_is_what_runs_not_the_checkout(installed):
    assert installed.where().is_relative_to(installed.folder)
    assert not installed.where().is_relative_to(CHECKOUT)


def test_the_wheel_holds_all_that_pages_need(installed):
    web = installed.where().parent / "web"
    for folder in ("static", "templates"):
        ours = CHECKOUT / "src" / "regulars" / "web" / folder
        assert {one.name for one in (web / folder).iterdir()} >= {one.name for one in ours.iterdir()}


def test_a_link_lets_in_once(door, chromium, served):
    with door.window() as window:
        window.clear_cookies()
        page = window.new_page()
        answer = page.goto(served.link)
        assert answer.status == 403
        assert "no longer good" in page.inner_text("h1")


def test_nobody_comes_in_without_the_link(served):
    answer = httpx.get(f"{served.address}/customers")
    assert answer.status_code == 401
    assert "Open the link" in answer.text
    assert "<table" not in answer.text


def test_every_answer_says_what_browsers_must_keep_to(client):
    for path in ("/", "/login", "/nowhere", "/static/none.css", "/customers.json"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_pages_are_asked_for_again_and_files_are_kept_for_ever(client):
    first = client.get("/data")
    assert "no-cache" in first.headers["cache-control"]
    assert client.get("/data", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    style = first.text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "immutable" in client.get(style).headers["cache-control"]


@pytest.mark.parametrize("words", [["--host", "0.0.0.0"], ["--host", "0.0.0.0", "--url", "http://stats.example.com"]])
def test_no_other_machine_is_let_in_before_it_is_said_who_may(installed, demonstration, words):
    said = installed.run("serve", "-C", str(demonstration), "--port", "0", *words, status=78).stderr
    assert "regulars user add" in said


def test_a_server_ends_when_it_is_told_to_and_its_makers_with_it(installed, demonstration):
    with installed.serving(demonstration) as another:
        with httpx.Client(base_url=another.address, follow_redirects=True, timeout=60) as client:
            client.get(another.link)
            assert client.get("/healthz").json()["status"] == "ok"
            # The first page that is not there yet needs somebody to make it.
            assert client.get("/data?top=37").status_code in (200, 202)
        maker = another.maker()
    assert another.log.read_text().endswith("15 minutes:\n")
    assert not Path(f"/proc/{another.process}").exists()
    assert not Path(f"/proc/{maker}").exists()
