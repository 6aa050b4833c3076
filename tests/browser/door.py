"""Ways into a server: contexts of a browser, and programs, that are let in already."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext

from browser.companies import PASSWORD
from browser.installed import Served

#: What is written down before a page's own script runs: shifts of its layout, and what its policy stopped.
_WATCHED = """
window.shifted = 0; window.stopped = [];
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value;
}).observe({ type: "layout-shift", buffered: true });
document.addEventListener("securitypolicyviolation", (one) => {
  window.stopped.push(`${one.violatedDirective} ${one.blockedURI}`);
});
"""


@dataclass(frozen=True, kw_only=True)
class Door:
    """A server, and a session on it.

    Attributes:
        browser: what opens windows.
        served: the server.
        session: value of the cookie that lets in; "" of nobody.
    """

    browser: Browser
    served: Served
    session: str

    @classmethod
    @contextmanager
    def by_link(cls, browser: Browser, served: Served) -> Iterator["Door"]:
        """Come in by the link that the server printed."""
        with httpx.Client() as client:
            answer = client.get(served.link)
            assert answer.status_code == 303, answer.text
            yield cls(browser=browser, served=served, session=answer.cookies["regulars"])

    def called(self, name: str) -> "Door":
        """Come in as one of the people of the odd company."""
        answer = httpx.post(f"{self.served.address}/login", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        return Door(browser=self.browser, served=self.served, session=answer.cookies["regulars"])

    @contextmanager
    def window(self, *, width: int = 1280, height: int = 900, **more: Any) -> Iterator[BrowserContext]:
        """Open a context of the browser, as `browser.new_context` does."""
        context = self.browser.new_context(
            base_url=self.served.address, viewport={"width": width, "height": height}, **more
        )
        context.set_default_timeout(15_000)
        if self.session:
            context.add_cookies([{"name": "regulars", "value": self.session, "url": self.served.address}])
        context.add_init_script(_WATCHED)
        try:
            yield context
        finally:
            context.close()

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """Open a program that asks as the browser does."""
        with httpx.Client(base_url=self.served.address, timeout=120, headers={"Sec-Fetch-Site": "same-origin"}) as one:
            if self.session:
                one.cookies.set("regulars", self.session)
            yield one
