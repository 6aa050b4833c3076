"""Messages in words: what stands in a subject and in a text, the same whatever carries them."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from regulars.core.message import Message
from regulars.core.wording import counted
from regulars.text.quotes import mask_mail

#: Where services read a call to somebody, or a link under other words; a sign that cannot be seen takes that away.
_CALLS = re.compile(r"@(?=everyone|here)|<(?=[!@#&/a-z])|\](?=[(\[])", re.IGNORECASE)


def title(company: str, messages: Sequence[Message]) -> str:
    """Return one line that says what this is about."""
    if len(messages) == 1:
        return _line(f"{company}: {messages[0].title}")
    bad = sum(one.bad is True for one in messages)
    return _line(f"{company}: {counted(len(messages), 'message')}{f', {bad} of bad news' if bad else ''}")


def text(messages: Sequence[Message], pages: str, *, most: int = 0) -> str:
    """Return messages as plain text.

    Args:
        messages: in order.
        pages: address below which the company's pages are; links are left out where "".
        most: signs that there is room for; no limit where 0.
    """
    alone = len(messages) == 1
    whole = "\n\n".join(_one(one, pages, titled=not alone) for one in messages)
    if most and len(whole) > most:
        note = "\n... (cut: there is no more room here)"
        whole = whole[: max(most - len(note), 0)] + note
    return whole


def _one(message: Message, pages: str, *, titled: bool) -> str:
    lines = [message.title] if titled else []
    lines += [message.text] if message.text else []
    lines += [f"- {name}: {words}" for name, words in message.facts]
    if message.owner:
        lines.append(f"For: {message.owner}")
    if message.page and pages:
        lines.append(f"{pages}/{message.page}")
    return _calm("\n".join(lines))


def _calm(said: str) -> str:
    """Return words of records that call nobody, and tell nobody's address: a channel has readers without that right."""
    said = mask_mail(said)
    return _CALLS.sub(lambda found: f"{found[0]}\u200b", said)


def _line(said: str) -> str:
    return _calm(" ".join("".join(sign if sign.isprintable() else " " for sign in said).split()))[:200]


def content(company: str, key: str, messages: Sequence[Message], pages: str, file: dict[str, Any] | None) -> bytes:
    """Return messages as JSON, for programs."""
    told = [
        {
            **asdict(one),
            "title": mask_mail(one.title),
            "text": mask_mail(one.text),
            "facts": {name: mask_mail(words) for name, words in one.facts},
            "page": f"{pages}/{one.page}" if pages and one.page else one.page,
        }
        for one in messages
    ]
    said = {"company": company, "key": key, "messages": told, **({"file": file} if file else {})}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode()
