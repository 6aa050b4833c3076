"""The companies that are served: the demonstration, and a small one full of odd words."""

import csv
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path

import httpx

from browser.installed import Installed, Served
from browser.pages import LOOKED_AT, VIEWS, ready

#: Fewest that a demonstration may have.
CUSTOMERS = 1_000

#: Words that are a trap where they are not read as words.
ODD: Mapping[str, str] = {
    "image": '<img src=x onerror="window.hit=1">',
    "picture": '"><svg onload=window.hit=1>',
    "script": "</script><script>window.hit=1</script>",
    "template": "{{7*7}}",
    "emoji": "🧡 é 漢字",
    "long": "w" * 5_000,
    "formula": "=cmd|' /C calc'!A0",
    "quotes": 'O\'Neil "x" & co',
    "path": "../../etc/passwd",
    "percent": "100%25 ?a=b&c#d",
    "file": "v1.0.json",
    "mail": "anna@example.com",
}
#: Several people in one sign, held together by characters that cannot be seen: an id like any other.
JOINED = "👩\u200d👩\u200d👧"
#: Words that no record may hold: those that have them are put aside.
_REFUSED = "abc\u202egnp.exe"
END = date(2025, 7, 1)
_HEAD = '[company]\nname = "Odd <b>& Co</b>"\ncurrency = "EUR"\ntime_zone = "UTC"\nas_of = 2025-07-01\n'
_TABLES = {
    "customers": "customer_id market",
    "orders": "order_id customer_id ordered_at kind amount",
    "responses": "response_id customer_id responded_at question score scale_max comment touchpoint",
}


#: What the demonstration watches: goals, a channel whose address nobody has set, a job once a day.
_WATCHED = """
[goals.revenue]
kpi = "net_revenue"
target = "+10 %"
period = "2024"
[goals.newcomers]
kpi = "new_customers"
target = 400
period = "2024-Q4"
under = "revenue"
[channels.sales]
url_env = "REGULARS_TEST_SALES"
team = "sales"
quiet = ["21:00-07:00"]
[[schedule]]
job = "alerts"
at = "daily 06:00"
"""


def _client(served: Served) -> httpx.Client:
    """Return a program that waits longer for a page than the server does before it says that it is not there yet."""
    return httpx.Client(base_url=served.address, follow_redirects=True, timeout=60)


def demonstration(installed: Installed, folder: Path) -> None:
    """Make the company of `regulars demo`, with what is foretold of its contracts and of CLV, and its pages.

    Probabilities of leaving are drawn alike, of contracts or of orders; to try the models of one takes nine seconds.
    """
    shop = folder / "shop"
    installed.run("demo", str(shop), "--customers", str(CUSTOMERS), "--seed", "3")
    with (shop / "regulars.toml").open("a", encoding="utf-8") as settings:
        settings.write(_WATCHED)
    installed.run("backtest", "value", "contract_end", "contract_value", "-C", str(shop))
    installed.run("themes", "-C", str(shop))
    with installed.serving(shop) as served, _client(served) as client:
        client.get(served.link)
        ready(client, LOOKED_AT)


def odd(installed: Installed, folder: Path) -> None:
    """Make a company of few customers, whose ids, markets and comments are odd; three people may see its pages."""
    shop = folder / "shop"
    shop.mkdir()
    toml = [_HEAD]
    for name, rows in (("customers", _customers()), ("orders", _orders()), ("responses", _responses())):
        columns = _TABLES[name].split()
        with (shop / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([columns, *rows])
        toml += ["[[source]]", f'name = "{name}"', f'files = ["{name}*.csv"]', f"[source.tables.{name}]"]
        toml += [f'{column} = "{column}"' for column in columns]
    (shop / "regulars.toml").write_text("\n".join(toml) + "\n", encoding="utf-8")
    installed.run("run", "-q", "-C", str(shop))
    installed.run("themes", "-C", str(shop))
    with installed.serving(shop) as served, _client(served) as client:
        client.get(served.link)
        ready(client, SHOWN)
    for name, role in PEOPLE.items():
        words = ["user", "add", name, "--role", role, "--password-stdin", "-C", str(shop)]
        installed.run(*words, given=f"{PASSWORD}\n")


#: Pages that show words of records; all others are drawn with such words in tests/web/test_web_markup.py.
SHOWN = tuple(
    one
    for one in VIEWS
    if one.name in ("customers", "segments", "themes", "follow_up", "behind-net_revenue", "kpi-nps")
)
#: Who may come in to the odd company, and as what.
PEOPLE = {"vera": "viewer", "edda": "editor", "ada": "admin", "wrong": "viewer"}
PASSWORD = "correct horse battery staple"


def nothing(installed: Installed, folder: Path) -> None:
    """Make a workspace of which nothing is published."""
    shop = folder / "shop"
    shop.mkdir()
    (shop / "regulars.toml").write_text(_HEAD, encoding="utf-8")


def copied(workspace: Path, folder: Path) -> Path:
    """Return a copy of a workspace, for what changes it."""
    return Path(shutil.copytree(workspace, folder / "shop", ignore=shutil.ignore_patterns("lock", "spill-*")))


def _who() -> list[str]:
    return [*ODD.values(), *(f"plain-{place}" for place in range(48)), JOINED, _REFUSED]


def _market(place: int) -> str:
    return [*ODD.values()][place % len(ODD)]


def _customers() -> Iterator[tuple[object, ...]]:
    for place, who in enumerate(_who()):
        yield who, _market(place)


def _orders() -> Iterator[tuple[object, ...]]:
    for place, who in enumerate(_who()):
        for month in range(1 + place % 5):
            day = END - timedelta(days=10 + 30 * month + place % 20)
            yield f"o{place}-{month}", who, day, "sale", 20 + 7 * (place % 9)


def _responses() -> Iterator[tuple[object, ...]]:
    for place, who in enumerate(_who()):
        # Who is odd is unhappy, and was not heard yet: the list of whom to get back to shows what they said.
        score = 1 if place < len(ODD) else 9
        said = f"{_market(place)} is what I say of it"
        yield f"r{place}", who, END - timedelta(days=5 + place % 60), "nps", score, 10, said, "relational"
