"""Templates filled: nothing is let through unescaped but the SVG that we draw ourselves, and names set apart."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from regulars.reports.markup import coded
from regulars.web.assets import assets


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("regulars.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    # Escaped by `coded` itself.
    found.filters["coded"] = lambda text: Markup(coded(text))  # noqa: S704
    found.globals["asset"] = lambda name: f"/static/{assets()[name].name}"
    return found


def render(template: str, **given: Any) -> str:
    """Return a template as HTML; what it uses and is not given is an error."""
    return _environment().get_template(template).render({**_NOTHING, **given})


#: What the frame of every page may use, where a page has none of it.
_NOTHING: dict[str, Any] = {
    "base": "",
    "back": "/",
    "company": "",
    "here": "",
    "kept": (),
    "menu": (),
    "refresh": 0,
    "root": "/",
    "team": "",
    "teamed": "",
    "teams": (),
    "theme": "",
    "title": "",
    "visitor": None,
    "faults": {},
    "just": "",
    "whose": (),
    "form": None,
    "action": "",
}
