"""Comments: one to three sentences that fit what happened and how it pleased, some with what must be masked."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from regulars.catalogue.sources.simulation.clock import Floats
from regulars.catalogue.sources.simulation.columns import Bools, Ints
from regulars.catalogue.sources.simulation.phrases import CALLING, REACH, SENTENCES, THEMES, VARIANTS

LANGUAGES = tuple(SENTENCES)
#: Moods, and kinds of sentences.
PRAISE, COMPLAINT, SO_SO = range(3)
MOODS = ("praise", "complaint", "so-so")
DELIVERY = THEMES.index("delivery")
#: An interest that comes before all others.
SURE = 1e12
#: Uniform numbers that a comment takes: one of its own, how many sentences, praise or complaint, variants, themes.
CHANCES = 6 + len(THEMES)
_SENTENCES = 3
_LONGER, _LONGEST = 0.5, 0.15  # share of comments with more than one sentence, with three
_EMAIL, _PHONE, _ORDER, _BLANK = 0.02, 0.035, 0.05, 0.98  # bounds of the first uniform number
_EACH = len(SENTENCES["en"])
_TEXTS = pa.array([sentence for language in LANGUAGES for sentence in SENTENCES[language]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What comments are written from; arrays have shape (comments,), `interest` (comments, themes).

    Attributes:
        language: index into LANGUAGES.
        mood: PRAISE, COMPLAINT or SO_SO.
        late: whether an order came so late that the comment begins with that.
        prompt: whether the delivery can be praised.
        interest: relative to the others, how likely each theme is spoken of; 0 for never. Delivery's counts for praise.
        customer: number of the customer.
        order: number of the order; -1 where the comment is not about one.
    """

    language: Ints
    mood: Ints
    late: Bools
    prompt: Bools
    interest: Floats
    customer: Ints
    order: Ints


def write(facts: Facts, chance: Floats) -> tuple[pa.Array, pa.Array]:
    """Return the comments, and the themes that each speaks of, parted by commas (null for none).

    Args:
        facts: what they are about.
        chance: uniform numbers, shape (comments, CHANCES).
    """
    coin = np.where(chance[:, 2] < 0.5, PRAISE, COMPLAINT)
    other = np.where(facts.mood == SO_SO, coin, facts.mood)
    wanted = facts.interest.copy()
    wanted[:, DELIVERY] *= facts.prompt & (other == PRAISE)
    wanted[facts.late, DELIVERY] = SURE
    with np.errstate(divide="ignore", invalid="ignore"):  # no interest: never
        # Exponential waiting times of these rates come in the order of a weighted draw without replacement.
        theme = np.argsort(-np.log1p(-chance[:, 6:]) / wanted, axis=1)[:, :_SENTENCES]
    kind = np.stack([np.where(facts.late, COMPLAINT, facts.mood), other, other], axis=1)
    vague = kind[:, 0] == SO_SO  # its first sentence has no theme, so the first theme is the second's
    theme[vague, 1:] = theme[vague, :-1]
    cell = np.where(kind == SO_SO, 2 * len(THEMES), kind * len(THEMES) + theme)
    code = cell * VARIANTS + (chance[:, 3:6] * VARIANTS).astype(np.int64)
    count = 1 + (chance[:, 1] < _LONGER) + (chance[:, 1] < _LONGEST)
    count[facts.late & (facts.mood == PRAISE)] = np.maximum(count[facts.late & (facts.mood == PRAISE)], 2)
    blank = chance[:, 0] >= _BLANK
    unsaid = (np.arange(_SENTENCES) >= count[:, None]) | blank[:, None]

    at = facts.language[:, None] * _EACH + code
    said = [_TEXTS.take(pa.array(at[:, place], mask=unsaid[:, place])) for place in range(_SENTENCES)]
    spaces = pa.array([" "]).take(pa.array(np.zeros(len(blank), np.int64), mask=~blank))
    named = [
        pa.array(THEMES).take(pa.array(theme[:, place], mask=unsaid[:, place] | (kind[:, place] == SO_SO)))
        for place in range(_SENTENCES)
    ]
    # TRICKY: where all are null, Arrow's join skips the row, not only the nulls; so the first never is.
    themes = pc.binary_join_element_wise(named[0].fill_null(""), *named[1:], ",", null_handling="skip")
    themes = pc.ascii_ltrim(themes, ",")
    return (
        pc.binary_join_element_wise(*said, _reach(facts, chance[:, 0]), spaces, " ", null_handling="skip"),
        pc.if_else(pc.equal(themes, ""), None, themes),
    )


def _reach(facts: Facts, chance: Floats) -> pa.Array:
    """Return a sentence with an address or a number for a few comments, null for the others."""
    sentences: list[str | None] = [None] * len(chance)
    for at in np.flatnonzero(chance < _ORDER):
        language, customer, order = LANGUAGES[facts.language[at]], facts.customer[at], facts.order[at]
        email, phone, about = REACH[language]
        if chance[at] < _EMAIL:
            sentences[at] = f"{email} customer.{customer}@example.com."
        elif chance[at] < _PHONE:
            sentences[at] = f"{phone} {CALLING[language]}{customer % 1000:03}."
        elif order >= 0:
            sentences[at] = f"{about} O{order:012}."
    return pa.array(sentences, pa.string())
