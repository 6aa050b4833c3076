"""A page of a company: a view, what is asked of it, and the generation that answers."""

from collections.abc import Mapping, MutableMapping
from types import MappingProxyType
from typing import Any

from regulars.app.workspace import Opened, Workspace
from regulars.core.errors import QueryError, UnknownName
from regulars.text.characters import printable
from regulars.views import parameters
from regulars.views.fill import Page, fill
from regulars.views.view import Ask, View

#: What pages may be about, in words.
_ONE = {"kpi": "KPI"}


def known(views: Mapping[str, View], name: str) -> View:
    """Return a view by name.

    Raises:
        UnknownName: there is none.
    """
    if name not in views:
        raise UnknownName("view", name, views)
    return views[name]


def asked_for(
    view: View,
    about: str,
    asked: Mapping[str, str],
    workspace: Workspace,
    opened: Opened,
    memory: MutableMapping[str, Any] | None = None,
) -> Page:
    """Return a page asked in the words of its links.

    Args:
        view: which.
        about: what it is about.
        asked: words by parameter.
        workspace: the company's.
        opened: its open generation.
        memory: of what was worked out before of the same generation.

    Raises:
        QueryError: the page takes no such parameter, or its words cannot be.
        UnknownName: nothing is called as it should be about.
    """
    read = parameters.fields(asked, view.takes, opened.records)
    said = parameters.canonical(asked, view.takes)
    fields = {**read, "about": about, **({} if memory is None else {"memory": memory})}
    return filled(view, fields, workspace, opened, said)


def filled(
    view: View,
    fields: Mapping[str, Any],
    workspace: Workspace,
    opened: Opened,
    said: Mapping[str, str] = MappingProxyType({}),
) -> Page:
    """Return a page whose `Ask` has these fields; `said` are the words that they were made of.

    Raises:
        QueryError: the page is about one thing, and it is not named which; or what is asked cannot be.
        UnknownName: nothing is called as it should be about.
    """
    check_about(view, str(fields.get("about", "")), workspace)
    ask = Ask(
        records=opened.records,
        kpis=workspace.kpis,
        tables=workspace.cohorts,
        opened=opened,
        workspace=workspace,
        **fields,
    )
    return fill(view, ask, workspace.settings.company.currency, said)


def check_about(view: View, about: str, workspace: Workspace) -> None:
    """Refuse, before anything is worked out, what a page cannot be about.

    Raises:
        QueryError: it is not named, or cannot be printed.
        UnknownName: no KPI or action has the name.
    """
    if view.about and not about:
        raise QueryError(f"Page `{view.name}` is about one {_ONE.get(view.about, view.about)}. Name it.")
    if about and not view.about:
        raise QueryError(f"Page `{view.name}` is about all customers, so `{about}` is too much. Leave it out.")
    if not printable(about):
        raise QueryError(f"Page `{view.name}` is about something that cannot be printed. Name it otherwise.")
    if view.about == "kpi" and about not in workspace.kpis:
        raise UnknownName("KPI", about, workspace.kpis)
    if view.about == "action" and about not in workspace.actions:
        raise UnknownName("action", about, workspace.actions)
