"""A comment taken apart into sentences.

Rules, not a model: they have to hold for six languages, for people who write no capitals and no spaces, and for text
that was pasted from anywhere. Where a rule doubts it does not break: two sentences in one still tell what they are
about.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from regulars.text.characters import LONGEST, clean

#: Characters of a sentence; where people write without punctuation it is broken at a space.
LONGEST_SENTENCE = 400
#: From this length on a line that goes on in small letters was broken by a mail program, not by the writer.
_WRAPPED = 60

_EMOJI = "\u2600-\u27bf\u2b05-\u2b55\u200d\ufe0f\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff"
_END = re.compile(rf"""(?P<mark>[.!?…。！？।]+)["'”’»)\]]*(?P<after>(?:[ \t]?[{_EMOJI}]+)*)|(?P<faces>[{_EMOJI}]+)""")
_BULLET = re.compile(r"\s*(?:[-–—*+>•·‣◦▪●]+|\d{1,2}[.)](?=\s)|[a-zA-Z]\)|\([a-z\d]\))\s*")
_SAYS = re.compile(rf"[^\W_]|[{_EMOJI}]")
_LEFT, _RIGHT = re.compile(r"\S{1,40}\Z"), re.compile(r"\S{1,40}")
_LAST_WORD, _FIRST_WORD = re.compile(r"[^\W\d_]+\Z"), re.compile(r"[^\W\d_]+")

#: Never the end of a sentence.
_TITLES = frozenset("mr mrs ms dr dra drs sr sra srta st prof mme mlle dhr mevr mej exmo exma fr hr ing".split())
_EXAMPLES = frozenset("e.g i.e z.b d.h u.a u.u p.ex v.a m.b.t o.a d.w.z bijv bv bzw evtl ggf inkl zzgl incl".split())
#: The end only before a capital.
_SHORT = frozenset(
    "etc usw enz ca approx aprox vs resp min max std tel art ref obs ex ed dept ext cf env pág pag excl avg".split()
)
_NUMBERS = frozenset("no nr nº núm num n".split())
_GERMAN_MONTHS = frozenset(
    "januar februar märz april mai juni juli august september oktober november dezember quartal jahrhundert".split()
)
_DOMAINS = frozenset("com net org nl de br co uk io fr es pt be eu info app www php html htm pdf jpg png gov".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A comment's sentences.

    Attributes:
        sentences: in order, each of at most 400 characters, without bullets and line breaks.
        cut: whether the comment was longer than 10,000 characters, so that its end is missing.
    """

    sentences: tuple[str, ...]
    cut: bool


def split(text: str) -> Split:
    """Return the sentences of `text`; none where it holds neither letters, digits nor emoji.

    >>> split("Great shop!Thanks... but 3.5 weeks, Mr. Lee? too long").sentences
    ('Great shop!', 'Thanks... but 3.5 weeks, Mr. Lee?', 'too long')
    """
    found = [
        " ".join(part.split())
        for block in _blocks(clean(text))
        for sentence in _sentences(block)
        for part in _chopped(sentence)
    ]
    return Split(sentences=tuple(one for one in found if _SAYS.search(one)), cut=len(text) > LONGEST)


def _blocks(text: str) -> Iterator[str]:
    """Yield lines and items of lists, joining lines that a program has broken."""
    held = ""
    for line in text.split("\n"):
        item = _BULLET.match(line)
        rest = line[item.end() :] if item else line
        if held and not item and len(held.rpartition("\n")[2]) >= _WRAPPED and rest[:1].islower():
            held = f"{held}\n{rest}"
            continue
        if held:
            yield held
        held = rest.strip()
    if held:
        yield held


def _sentences(block: str) -> Iterator[str]:
    begin = 0
    for match in _END.finditer(block):
        if _breaks(block, begin, match):
            yield block[begin : match.end()]
            begin = match.end()
    yield block[begin:]


def _breaks(block: str, begin: int, match: "re.Match[str]") -> bool:
    if match.end() == len(block):
        return True
    spaced = block[match.end()].isspace()
    following = block[match.end() : match.end() + 8].lstrip()
    if match["faces"]:
        return spaced and following[:1].isupper()
    mark = match["mark"]
    if set(mark) & set("!?！？。।"):
        return spaced or (bool(following) and following[0].isalpha() and not _address(block, match))
    if len(mark) > 1 or mark == "…":
        return bool(match["after"]) or (following[:1].isupper() or (spaced and not following[:1].islower()))
    if match["after"]:
        return True
    return _full_stop(block, begin, match.start(), following) if spaced else _glued(block, match)


def _full_stop(block: str, begin: int, stop: int, following: str) -> bool:
    """Return whether a full stop with a space after it ends the sentence that began at `begin`."""
    left = _LEFT.search(block, max(begin, stop - 40), stop)
    word = left[0].strip("\"'“”‘’«»()[],;:") if left else ""
    small = word.casefold()
    if small in _TITLES or small in _EXAMPLES:
        return False
    if small in _NUMBERS:
        return not following[:1].isdigit()
    if small in _SHORT or "." in small:
        return following[:1].isupper()
    if len(word) == 1 and word.isupper():
        return False
    # "1." begins an item of a list, "am 3. Mai" is a day.
    if word.isdigit() and len(word) <= 2:
        month = _FIRST_WORD.match(block, stop + 2)
        day = month is not None and month[0].casefold() in _GERMAN_MONTHS
        return not (day or stop - len(word) <= begin + 1 or following[:1].islower())
    return True


def _glued(block: str, match: "re.Match[str]") -> bool:
    """Return whether a full stop without a space after it ends a sentence: "good.The", not "shop.com" or "3.5"."""
    if _address(block, match):
        return False
    left = _LAST_WORD.search(block, max(0, match.start() - 40), match.start())
    right = _FIRST_WORD.match(block, match.end())
    if not left or not right or len(left[0]) < 2 or right[0].casefold() in _DOMAINS:
        return False
    if right[0][0].isupper() and left[0][-1].islower():
        return True
    return min(len(left[0]), len(right[0])) > 2 and left[0].casefold() not in _DOMAINS | _SHORT | _EXAMPLES


def _address(block: str, match: "re.Match[str]") -> bool:
    """Return whether the mark stands inside an e-mail address or the address of a page."""
    left = _LEFT.search(block, max(0, match.start() - 40), match.start())
    right = _RIGHT.match(block, match.end())
    around = (left[0] if left else "") + match[0] + (right[0] if right else "")
    return "@" in around or "/" in around or "www." in around.casefold()


def _chopped(sentence: str) -> Iterator[str]:
    """Yield `sentence` in parts of at most 400 characters, broken at a space where there is one."""
    start = 0
    while len(sentence) - start > LONGEST_SENTENCE:
        space = sentence.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
        end = space if space > 0 else start + LONGEST_SENTENCE
        yield sentence[start:end]
        start = end
    yield sentence[start:]
