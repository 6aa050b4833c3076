"""What there is to ask for, as plain values."""

from collections.abc import Collection, Iterable
from typing import Any

from regulars.app import foretell
from regulars.kpis.frame import missing
from regulars.kpis.kpi import KPI
from regulars.kpis.query import Records, available
from regulars.models.model import Model


def kpis(every: Iterable[KPI], records: Records) -> list[dict[str, Any]]:
    """Return KPIs with what they ask and need, and whether they can be answered."""
    return [
        {
            "name": kpi.name,
            "family": kpi.family.name,
            "owner": kpi.family.owner,
            "question": kpi.question,
            "needs": list(missing((*kpi.frame.needs, *kpi.reads), ())),
            "available": not available(kpi, records),
            "why_not": available(kpi, records),
            "version": kpi.versioned(records.definitions),
            "better": str(kpi.better),
            "caveat": kpi.caveat,
            "source": kpi.source,
        }
        for kpi in every
    ]


def models(every: Iterable[Model], records: Records, chosen: Collection[str]) -> list[dict[str, Any]]:
    """Return models with what they ask and predict, whether they can, and which are chosen."""
    return [
        {
            "name": model.name,
            "question": model.question,
            "predicts": model.predicts.name,
            "needs": list(model.tables),
            "available": not foretell.available(model, records),
            "why_not": foretell.available(model, records),
            "naive": model.naive,
            "chosen": model.name in chosen,
            "version": str(model.version),
            "caveat": model.caveat,
            "source": model.source,
        }
        for model in every
    ]
