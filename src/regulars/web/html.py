"""Templates filled: nothing is let through unescaped but the SVG that we draw ourselves."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

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
    "teams": (),
    "theme": "",
    "title": "",
    "visitor": None,
}
