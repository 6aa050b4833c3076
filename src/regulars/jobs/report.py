"""The job that makes a page as a file, for channels or a folder, with the rights of whoever receives it."""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from regulars.alerts.channel import TAKES_FILES, line
from regulars.app import people
from regulars.app.workspace import Workspace
from regulars.core.errors import RegularsError, nearest, reaching
from regulars.core.message import Message, Tells
from regulars.core.schedule_settings import Entry
from regulars.jobs.job import Job, Work
from regulars.reports import document
from regulars.reports.document import Kept
from regulars.reports.for_person import allow, customers_in, taken_along
from regulars.reports.summary import summary
from regulars.state import audit, outbox
from regulars.state.audit import By
from regulars.state.outbox import Enclosed, Rights
from regulars.state.person import Person
from regulars.views.company import open_company
from regulars.views.page import known
from regulars.views.view import View


@dataclass(frozen=True, kw_only=True)
class Made:
    """A report, made.

    Attributes:
        kept: the page, as its receiver may see it.
        file: name and bytes.
    """

    kept: Kept
    file: Enclosed


def _run(work: Work) -> str:
    entry = work.entry
    person = _person(work)
    with open_company(work.workspace.folder) as company:
        view = known(company.views(), entry.page)
        allow(view, person)
        asked = {**({"team": entry.team} if entry.team else {}), **entry.ask}
        page = company.page(view.name, entry.about, **document.asked_whole(asked, view.takes, entry.format))
        kept = taken_along(page, person)
    content = document.document(kept, entry.format, at=work.at)
    rights = None if person is None else Rights.of(person)
    made = Made(kept=kept, file=Enclosed(name=_name(work), content=content, rights=rights))
    _noted(work, made, person)
    ways = [partial(_put, work, made, channel) for channel in entry.to]
    ways += [partial(_written, work, made.file)] if entry.folder else []
    return f"`{made.file.name}`, {len(content):,} bytes: {'; '.join(_each(ways))}"


def _each(ways: Sequence[Callable[[], str]]) -> list[str]:
    """Return what came of each way out; one that fails stops no other, and its error is raised after all of them."""
    done: list[str] = []
    failed: list[RegularsError] = []
    for way in ways:
        try:
            done.append(way())
        except RegularsError as error:
            failed.append(error)
    if failed:
        raise failed[0]
    return done


def _person(work: Work) -> Person | None:
    """Return whose rights count.

    Raises:
        UnknownName: they are not known any more, and are sent nothing.
    """
    if not work.entry.as_user:
        return None
    return people.find(work.state, work.entry.as_user)


def _noted(work: Work, made: Made, person: Person | None) -> None:
    """Write into the audit log what leaves, before it does."""
    entry = work.entry
    to = ", ".join([*(f"channel {name}" for name in entry.to), *([f"folder {entry.folder}"] if entry.folder else [])])
    whose = person.name if person else "nobody in particular"
    audit.record(
        work.state,
        By(actor=f"schedule:{entry.name}"),
        f"report.{entry.page}",
        audit.pseudonym(work.state, entry.about) if entry.about else "",
        purpose=f"{entry.format} for {whose} to {to}",
        rows=customers_in(made.kept.record()),
        at=work.at,
    )


def _name(work: Work) -> str:
    entry = work.entry
    on = work.slot.astimezone(ZoneInfo(work.workspace.settings.company.time_zone))
    hour = on.strftime("-%H%M") if entry.times.clock is None else ""
    return f"{re.sub(r'[^A-Za-z0-9_-]+', '_', entry.name)}-{on:%Y-%m-%d}{hour}.{entry.format}"


def _put(work: Work, made: Made, channel: str) -> str:
    record = made.kept.record()
    takes_files = line(work.workspace.settings, channel).address.kind in TAKES_FILES
    facts = [("as of", str(record["as_of"])[:10])] if record["as_of"] else []
    if not takes_files:
        facts.append(("file", "this channel takes none: look at the page"))
    message = Message(
        tells=Tells.REPORT,
        key=work.key,
        title=" · ".join(filter(None, (record["title"], record["period"] or ""))),
        text=" ".join(filter(None, (record["question"], summary(record)))),
        facts=tuple(facts),
        page=entry_page(work.entry),
        owner=work.entry.team,
    )
    new = outbox.put(work.state, channel, message, at=work.at, enclosed=made.file if takes_files else None)
    return f"to channel `{channel}`{'' if new else ' (was there already)'}"


def entry_page(entry: Entry) -> str:
    """Return the page that a report is of, as its address below that of the company; "" where it may tell of whom."""
    return "" if entry.about else entry.page.replace("_", "-")


def _written(work: Work, file: Enclosed) -> str:
    folder = work.workspace.folder / work.entry.folder
    target, beside = folder / file.name, folder / f".{file.name}.{os.getpid()}.building"
    with reaching(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with reaching(beside), beside.open("wb") as out:
            out.write(file.content)
            out.flush()
            os.fsync(out.fileno())
        with reaching(target):
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return f"to `{Path(work.entry.folder) / file.name}`"


def _lacks(entry: Entry, workspace: Workspace) -> Iterator[str]:
    views = workspace.declared(View, "views")
    if not entry.page:
        yield "name its `page`; `regulars views` lists them."
    elif entry.page not in views:
        yield f"there is no page `{entry.page}`.{nearest(entry.page, views)}"
    else:
        yield from _asked(entry, views[entry.page])
    if entry.format not in document.FORMATS:
        yield f"there is no format `{entry.format}`.{nearest(entry.format, document.FORMATS)}"
    if not entry.to and not entry.folder:
        yield 'say where it goes: `to = ["CHANNEL"]`, or `folder`.'


def _asked(entry: Entry, view: View) -> Iterator[str]:
    asked: Sequence[str] = [*entry.ask, *(["team"] if entry.team else [])]
    for name in asked:
        if name not in view.takes:
            yield f"page `{view.name}` takes no `{name}`.{nearest(name, view.takes)}"
    if view.about and not entry.about:
        yield f"page `{view.name}` is about one {view.about}: name it with `about`."
    if view.rows and not entry.as_user:
        yield f'page `{view.name}` shows single customers: say with whose rights, `as_user = "NAME"`.'


report = Job(
    name="report",
    does="Make a page as a file, for channels (`to`) or a `folder`, with the rights of a person (`as_user`).",
    run=_run,
    takes=("page", "about", "ask", "format", "team", "to", "folder", "as_user"),
    lacks=_lacks,
)
