"""A page as one HTML file that asks for nothing: for archives, attachments and whoever has no account."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import resources
from typing import Any

from regulars.reports import heat, markup, notes
from regulars.reports.drawing import Drawing, own
from regulars.reports.grouped import Group, grouped
from regulars.reports.markup import coded, escaped
from regulars.reports.parts import Head, Shown, Words, head, parts
from regulars.reports.summary import summary

#: Pixels of a chart's width.
WIDTH = 900
#: Whatever stands in the file: nothing runs, nothing is fetched.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def standalone(record: Mapping[str, Any], *, at: datetime, drawing: Drawing | None = None) -> str:
    """Return a page's record as one HTML file.

    Args:
        record: as of `Page.record()`.
        at: when it is made.
        drawing: what draws charts and courses; what draws pages where None.
    """
    above, body = head(record), list(parts(record))
    drawn = drawing or own()
    main = "\n".join([*(_group(group, drawn) for group in grouped(body)), *_notes(body)])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escaped(_titled(above))}</title>\n<style>\n{_styles()}</style>\n</head>\n<body>\n"
        f"<header>\n{_above(above, summary(record))}\n</header>\n<main>\n{main}\n</main>\n"
        f"<footer>{escaped(_made(above, at))}</footer>\n</body>\n</html>\n"
    )


def _made(above: Head, at: datetime) -> str:
    generation = f" · generation {above.generation} of the records" if above.generation else ""
    return f"Made {at.astimezone(UTC):%Y-%m-%d %H:%M} UTC with Regulars{generation}"


def _titled(above: Head) -> str:
    return " · ".join(part for part in (above.title, above.company, above.period) if part)


def _styles() -> str:
    own_css = resources.files("regulars.reports").joinpath("page.css").read_text(encoding="utf-8")
    charts = resources.files("regulars.views.charts").joinpath("charts.css").read_text(encoding="utf-8")
    steps = "".join(f".heat-{step} {{ {markup.heat_style(step)} }}\n" for step in range(len(heat.STEPS)))
    return own_css + charts + steps


def _look(name: str) -> str:
    # What may be wider than the window must be reachable by keyboard.
    return ' class="wide" tabindex="0"' if name == "wide" else f' class="{name}"'


def _above(above: Head, said: str) -> str:
    known = above.as_of and f"records before {above.as_of}"
    about = " · ".join(part for part in (above.company, above.period, known) if part)
    return "\n".join(
        [
            f'<p class="about">{escaped(about)}</p>',
            f"<h1>{escaped(above.title)}</h1>",
            f'<p class="question">{escaped(above.question)}</p>',
            *([f'<p class="about">Asked: {escaped(above.asked)}</p>'] if above.asked else []),
            *([f'<p class="summary">{coded(said)}</p>'] if said else []),
        ]
    )


def _group(group: Group, drawing: Drawing) -> str:
    told = "\n".join(_part(part, drawing) for part in group.parts)
    return f'<div class="turned">\n{told}\n</div>' if group.turned else told


def _part(part: Words | Shown, drawing: Drawing) -> str:
    if isinstance(part, Words):
        return {
            "heading": f"<h2>{coded(part.text)}</h2>",
            "text": f"<p>{coded(part.text)}</p>",
            "notice": f'<p class="notice">{coded(part.text)}</p>',
        }[part.kind]
    level = "h3" if part.section else "h2"
    title = f"<{level}>{coded(part.table.title)}</{level}>\n" if part.table.title else ""
    told = markup.table(part.table, _look, title=part.title, drawing=drawing)
    if part.kind != "chart":
        return f"<section>\n{title}{told}\n</section>"
    svg = drawing.chart(part.block, WIDTH)
    says = f"<figcaption>{coded(part.block['says'])}</figcaption>"
    return (
        f"<section>\n{title}<figure>{svg}{says}</figure>\n"
        f"<details><summary>Show as table</summary>{told}</details>\n</section>"
    )


def _notes(body: Sequence[Words | Shown]) -> Iterator[str]:
    defined = notes.definitions((part.title, part.table.to_read()) for part in body if isinstance(part, Shown))
    if defined.rows:
        yield f"<section>\n<h2>Notes</h2>\n<p>{escaped(notes.READING)}</p>\n<h3>{escaped(defined.title)}</h3>"
        yield f"{markup.table(defined, _look, title=defined.title)}\n</section>"
