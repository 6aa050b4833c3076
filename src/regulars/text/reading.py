"""Comments read as a whole: in which language, how meant, what about, and in which words.

Themes come from two sides. Words that the company or the everyday taxonomy names claim their sentences; in what is
left, themes are found, by language. So what is everyday is called the same everywhere, and what is special comes up.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from regulars.core.randomness import stream
from regulars.core.wording import counted
from regulars.text import lexicon, meant
from regulars.text.assessed import Method, Quality, assess
from regulars.text.characters import LONGEST
from regulars.text.languages import Languages, languages
from regulars.text.memory import Memory, recognised
from regulars.text.named import ReadTheme, named
from regulars.text.pinning import Pins
from regulars.text.polarity import Polarity
from regulars.text.sentences import Split, split
from regulars.text.sentiment import Learned, learn
from regulars.text.taxonomy import FOUND, Taxonomy, built_in
from regulars.text.themes import Found, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A comment to be read.

    Attributes:
        id: unlike that of every other.
        text: as it was written.
        language: as the records have it, such as `pt-BR` or `German`; None where they do not.
        label: what its rating says; None where there is none.
        person: who wrote it; None where that is not known.
    """

    id: str
    text: str
    language: str | None = None
    label: Polarity | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A theme in a comment.

    Attributes:
        theme: its id.
        polarity: of the sentences that name it; None where their sentiment is not known.
    """

    theme: str
    polarity: Polarity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a comment says.

    Attributes:
        id: the comment's.
        language: ISO 639-1; None where it cannot be told.
        polarity: None where nothing can judge it.
        p_positive: calibrated probability of being positive rather than negative, by a model that has not seen its
            rating; None where a list of words judged.
        method: what judged it.
        mentions: themes that it names, in the order of the themes.
    """

    id: str
    language: str | None
    polarity: Polarity | None
    p_positive: float | None
    method: Method | None
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """All that comments say.

    Attributes:
        comments: in the order given.
        themes: those that a comment names, most frequent first.
        quality: of sentiment.
        memory: themes to be remembered for the next reading.
        without_themes: why no themes were found, by language.
        notes: what was cut, left out or not understood, each a sentence without a full stop.
    """

    comments: tuple[Read, ...]
    themes: tuple[ReadTheme, ...]
    quality: Quality
    memory: Memory
    without_themes: Mapping[str, str]
    notes: tuple[str, ...]


def read(
    comments: Sequence[Comment],
    *,
    seed: int,
    before: Memory | None = None,
    taxonomy: Taxonomy | None = None,
    level: float = 0.95,
) -> Reading:
    """Read comments; the same for the same comments, in whatever order chance draws.

    Args:
        comments: shape (n,), each id once.
        seed: of the workspace; names of streams are by language, so that one language does not disturb another.
        before: themes remembered from the last reading; None at the first.
        taxonomy: the company's corrections; None takes the everyday themes as they come.
        level: of intervals.
    """
    taxonomy = built_in() if taxonomy is None else taxonomy
    distinct = {text: split(text) for text in {comment.text for comment in comments}}  # many write the same
    splits = [distinct[comment.text] for comment in comments]
    spoken = languages([comment.text for comment in comments], [comment.language for comment in comments])
    sentences = [one.sentences for one in splits]
    labels = [comment.label for comment in comments]
    texts = [" ".join(one) for one in sentences]
    learned = learn(
        texts, labels, [comment.person for comment in comments], spoken.codes, rng=stream(seed, "text/sentiment")
    )
    heard = lexicon.heard(sentences, spoken.codes)
    listed = [lexicon.mean(scores) for scores in heard]
    quality = assess(labels, learned, listed, rng=stream(seed, "text/quality"), level=level)
    judged = meant.comments(texts, spoken.codes, quality, learned, listed)
    themes, memory, without = _themes(sentences, spoken.codes, before or Memory(), taxonomy, seed)
    moods = meant.sentences(sentences, themes, heard, judged, learned)
    return Reading(
        comments=tuple(
            Read(
                id=comment.id,
                language=code,
                polarity=found.polarity,
                p_positive=found.p_positive,
                method=found.method,
                mentions=_mentions(own, mood, taxonomy),
            )
            for comment, code, found, own, mood in zip(comments, spoken.codes, judged, themes, moods, strict=True)
        ),
        themes=named([comment.id for comment in comments], sentences, spoken.codes, (themes, moods), taxonomy, memory),
        quality=quality,
        memory=memory,
        without_themes=without,
        notes=_notes(splits, spoken, [found.polarity for found in judged], learned),
    )


#: Ids of the themes of each sentence of each comment, after merges.
Themes = list[list[tuple[str, ...]]]


def _themes(
    sentences: Sequence[Sequence[str]],
    codes: Sequence[str | None],
    before: Memory,
    taxonomy: Taxonomy,
    seed: int,
) -> tuple[Themes, Memory, dict[str, str]]:
    """Return themes of sentences, by words that are given and by themes that are found in the others."""
    pins = Pins(taxonomy)
    said = {(one, code) for own, code in zip(sentences, codes, strict=True) for one in own}
    pinned = {(one, code): pins.of(one, code) for one, code in said}
    given = [[pinned[one, code] for one in own] for own, code in zip(sentences, codes, strict=True)]
    free: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for comment, (own, code) in enumerate(zip(given, codes, strict=True)):
        if code:
            # Words given to a theme that was found do not take its sentences away from it.
            free[code].extend((comment, place) for place, ids in enumerate(own) if all(map(FOUND.fullmatch, ids)))
    found: dict[str, Found] = {}
    for code in sorted(free):
        texts = [sentences[comment][place] for comment, place in free[code]]
        found[code] = find(texts, code, rng=stream(seed, f"text/themes/{code}"))
    ids, memory = recognised({code: each.themes for code, each in found.items()}, before)
    every = [[list(one) for one in own] for own in given]
    for code, each in found.items():
        for (comment, place), of in zip(free[code], each.of.tolist(), strict=True):
            if of >= 0:
                every[comment][place].append(ids[code][of])
    without = {code: each.why_not for code, each in found.items() if each.why_not}
    return [[_counted_under(one, taxonomy) for one in own] for own in every], memory, without


def _counted_under(ids: Sequence[str], taxonomy: Taxonomy) -> tuple[str, ...]:
    kept = [taxonomy.theme_of(each) for each in ids]
    return tuple(dict.fromkeys(each for each in kept if each))


def _mentions(
    themes: Sequence[Sequence[str]], moods: Sequence[Polarity | None], taxonomy: Taxonomy
) -> tuple[Mention, ...]:
    by_theme: dict[str, list[Polarity | None]] = defaultdict(list)
    for ids, mood in zip(themes, moods, strict=True):
        for each in ids:
            by_theme[each].append(mood)
    order = {theme: place for place, theme in enumerate(taxonomy.entries)}
    listed = sorted(by_theme, key=lambda theme: (order.get(theme, len(order)), theme))
    return tuple(Mention(theme=theme, polarity=meant.together(by_theme[theme])) for theme in listed)


def _notes(
    splits: Sequence[Split],
    spoken: Languages,
    polarities: Sequence[Polarity | None],
    learned: Learned | None,
) -> tuple[str, ...]:
    notes = []
    if cut := sum(one.cut for one in splits):
        notes.append(f"{counted(cut, 'comment is', 'comments are')} longer than {LONGEST:,} characters and was cut")
    if empty := sum(not one.sentences for one in splits):
        notes.append(f"{counted(empty, 'comment has', 'comments have')} no words")
    for hint, n in spoken.unread[:5]:
        notes.append(f"`{hint[:40]}` names no language ({counted(n, 'comment')}); it was told from the words")
    unsure = sum(code is None and bool(one.sentences) for code, one in zip(spoken.codes, splits, strict=True))
    if unsure:
        notes.append(f"the language of {counted(unsure, 'comment')} cannot be told")
    silent = Counter(
        code for code, mood, one in zip(spoken.codes, polarities, splits, strict=True) if mood is None and one.sentences
    )
    for code, n in sorted(silent.items(), key=lambda item: (-item[1], item[0] or "")):
        why = "no word of them is known" if _reads(learned, code) else "too few of that language are rated"
        notes.append(f"{counted(n, 'comment')} in `{code or '?'}` without sentiment: {why}")
    return tuple(notes)


def _reads(learned: Learned | None, code: str | None) -> bool:
    return code == lexicon.LANGUAGE or (learned is not None and code in learned.model.languages)
