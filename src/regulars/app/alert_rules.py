"""Which alerts there are: rules of the catalogue, and of the company's own, as its settings have them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from regulars.app import measure
from regulars.app.goal_checks import beyond
from regulars.app.workspace import SETTINGS, Workspace
from regulars.core.alert_settings import AlertSettings
from regulars.core.alert_when import Turn
from regulars.core.errors import CatalogueError, QueryError, RegularsError, UnknownName, nearest
from regulars.core.periods import Grain
from regulars.decisions.alert_rule import GRAINS, AlertRule
from regulars.kpis.kpi import KPI, Shows
from regulars.kpis.query import Records, available, is_foretold

#: A rule that is asked by options has no name of its own.
ASKED = "asked"


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All rules.

    Attributes:
        every: by name, those that are off, too.
        faults: what is wrong with others, by name.
    """

    every: Mapping[str, AlertRule]
    faults: Mapping[str, str]

    @property
    def on(self) -> tuple[AlertRule, ...]:
        """Rules that are checked."""
        return tuple(rule for rule in self.every.values() if not rule.off)

    def named(self, name: str) -> AlertRule:
        """Return a rule.

        Raises:
            UnknownName: there is none of that name.
            QueryError: it is wrong.
        """
        if name in self.faults:
            raise QueryError(self.faults[name])
        if name not in self.every:
            raise UnknownName("alert", name, (*self.every, *self.faults))
        return self.every[name]


def rules(workspace: Workspace, records: Records | None = None) -> Rules:
    """Return the rules of a workspace, by name, with the owner of each; wrong ones do not stop the others.

    Args:
        workspace: the company's folder.
        records: with which conditions are checked, too, as it is they that say which attributes there are.
    """
    declared, said = workspace.declared(AlertRule, "alerts"), workspace.settings.alerts
    every: dict[str, AlertRule] = {}
    faults: dict[str, str] = {}
    for name in sorted({*declared, *said}):
        place = f"`[alerts.{name}]` of `{SETTINGS}`" if name in said else f"Alert `{name}`"
        try:
            rule = as_set(name, declared.get(name), said.get(name), place)
            if wrong := _wrong(rule, place, workspace) or _nobody(rule, place, records):
                raise CatalogueError(wrong)
        except CatalogueError as cause:
            faults[name] = str(cause)
        else:
            every[name] = replace(rule, owner=rule.owner or workspace.kpis[rule.kpi].family.owner)
    return Rules(every=every, faults=faults)


def as_set(name: str, rule: AlertRule | None, said: AlertSettings | None, place: str) -> AlertRule:
    """Return a rule as the company's settings have it.

    Raises:
        CatalogueError: it watches nothing, or cannot be.
    """
    given: dict[str, Any] = {} if said is None else said.model_dump(exclude_none=True)
    if given.get("grain") in GRAINS:  # any other is refused by the rule itself
        given["grain"] = Grain(given["grain"])
    if rule is None and "kpi" not in given:
        raise CatalogueError(f'{place} watches nothing. Name a KPI: `kpi = "net_revenue"`.')
    try:
        return AlertRule(name=name, own=SETTINGS, **given) if rule is None else replace(rule, **given)
    except CatalogueError as cause:
        raise CatalogueError(str(cause).replace(f"Alert `{name}`", place, 1)) from None


def asked(workspace: Workspace, *, kpi: str, **rest: Any) -> AlertRule:
    """Return a rule that is only asked about: replayed before anybody writes it down.

    Args:
        workspace: the company's folder.
        kpi: which is watched.
        rest: fields of `AlertRule`; those that are None are left as they are.

    Raises:
        UnknownName: there is no such KPI.
        QueryError: the rest of it cannot be.
    """
    if kpi not in workspace.kpis:
        raise UnknownName("KPI", kpi, workspace.kpis)
    given = {name: value for name, value in rest.items() if value is not None}
    grain = given.get("grain", Grain.DAY)
    if grain not in GRAINS:
        raise QueryError(f"`{grain}` is no grain of an alert.{nearest(str(grain), GRAINS)}")
    known = {field.name for field in fields(AlertRule)}
    assert given.keys() <= known
    try:
        rule = AlertRule(name=ASKED, kpi=kpi, **{**given, "grain": Grain(grain)})
    except CatalogueError as cause:
        raise QueryError(str(cause).removeprefix(f"Alert `{ASKED}`: ")) from None
    if why := _threshold(rule, workspace.kpis[kpi]):
        raise QueryError(why)
    return replace(rule, owner=rule.owner or workspace.kpis[kpi].family.owner)


def _wrong(rule: AlertRule, place: str, workspace: Workspace) -> str:
    if rule.kpi not in workspace.kpis:
        return f"{place} watches `{rule.kpi}`, and no KPI is called so.{nearest(rule.kpi, workspace.kpis)}"
    channels = workspace.settings.channels
    for one in rule.to:
        if one not in channels:
            known = nearest(one, channels) if channels else f" `{SETTINGS}` has none."
            return f"{place} tells `{one}`, and no channel is called so.{known}"
    why = _threshold(rule, workspace.kpis[rule.kpi])
    return f"{place} fires when `{rule.when}`: {why}" if why else ""


def _threshold(rule: AlertRule, kpi: KPI) -> str:
    """Return why a threshold can never be passed, or is in another unit than the KPI; "" where it is well."""
    when = rule.waits_for
    if when.turn not in (Turn.BELOW, Turn.ABOVE) or when.amount is None:
        return ""
    if rule.when.rstrip().endswith("%") and kpi.shows is not Shows.SHARE:
        return f"`{kpi.name}` is no share ({kpi.shows}). Write an amount."
    return beyond(when.amount, kpi)


def unanswered(rule: AlertRule, workspace: Workspace, records: Records) -> str:
    """Return "" where a rule can be watched in these records, else why not."""
    if why := available(workspace.kpis[rule.kpi], records):
        return why
    if is_foretold(workspace.kpis[rule.kpi]):
        return "what is foretold is known as of today only: it has no course to watch"
    return _condition(rule, records)


def _condition(rule: AlertRule, records: Records) -> str:
    """Return why nobody can be meant by a rule's condition; "" where it can be asked."""
    if not rule.where:
        return ""
    try:
        measure.condition(rule.where, measure.naming(records, rule.where))
    except RegularsError as cause:
        return str(cause)
    return ""


def _nobody(rule: AlertRule, place: str, records: Records | None) -> str:
    why = _condition(rule, records) if records is not None and records.covered else ""
    return f"{place} is of customers where {rule.where}: {why}" if why else ""
