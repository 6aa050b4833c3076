"""Whose change it is: all attributes of customers and columns of rows, alone and two together, ranked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from regulars.app import change_parts, mrr_parts
from regulars.app.change_parts import Floats
from regulars.app.explained_sums import BEAM, OTHERS, PAIRED, Looked, Sums
from regulars.app.explanation import UNKNOWN, WHO
from regulars.core.randomness import stream
from regulars.kpis.cells import Key
from regulars.kpis.linear import BOTTOM, TOP, N
from regulars.stats import adtributor, grouped_jackknife, kitagawa
from regulars.stats.adtributor import Dimension
from regulars.stats.grouped_jackknife import Spread

_WHO: tuple[Key, ...] = (("existing",), ("new",), (UNKNOWN,))
#: Of the random stream of the noise filter.
SEED = 1
#: Dimensions that are told at most.
SHOWN = 8


#: Share of all units that new customers are, and others, at least, where the one is set beside the other.
_FEW = 0.05
#: By how much more evidence two together must have than either alone: twenty times as likely.
_BETTER = 3.0


@dataclass(frozen=True, kw_only=True)
class Stands:
    """A dimension with what its named values add.

    Attributes:
        ranked: what was found.
        sums: by its values; None of whether customers are new.
        spread: of what named values add: all of it, the excess, and of a ratio mix and rate; in units of the sums.
        units: how many are behind the named values.
        moved: the name of the part that moved most with them; "" where none did beyond chance.
        up: which way.
    """

    ranked: adtributor.Ranked
    sums: Sums | None
    spread: Spread
    units: int
    moved: str = ""
    up: bool = False


def stands_out(looked: Looked, singles: Sequence[Sums], rows: Sequence[str]) -> tuple[Stands, ...]:
    """Return dimensions, the one that tells most first.

    Args:
        looked: what is looked at.
        singles: sums by no attribute, then by each.
        rows: columns of rows to look at, too.
    """
    # What a few units say of a ratio on one side says nothing of groups of them.
    if looked.linear.ratio and min(singles[0].before.sums[N].sum(), singles[0].after.sums[N].sum()) < adtributor.LEAST:
        return ()
    known = {one.by: one for one in (*singles[1:], *_of_rows(looked, singles[0], rows))}
    made = {by: _dimension(by, one) for by, one in known.items()}
    rng = stream(SEED, f"explain {looked.kpi.name}")
    first = adtributor.ranked(list(made.values()), rng=rng)
    beam = [one.dimension.name for one in first if one.dimension.name in {one.by for one in singles}][:BEAM]
    pairs = [one + other for one, other in combinations(beam, 2) if _fits(made[one], made[other])]
    if pairs:
        both = {one.by: one for one in looked.sums(pairs)}
        known |= both
        made |= {by: _dimension(by, one) for by, one in both.items()}
    # What new customers pay is all of it new: the movements tell of it.
    who = None if mrr_parts.applies(looked.kpi) else _who(singles[0])
    every = [*made.values(), *([who] if who else [])]
    found = adtributor.ranked(every, rng=stream(SEED, f"explain {looked.kpi.name}"))
    return tuple(_stands(looked, one, known.get(one.dimension.name)) for one in _worthwhile(found)[:SHOWN])


def _fits(one: Dimension, other: Dimension) -> bool:
    return 4 <= len(one.values) * len(other.values) <= PAIRED


def _of_rows(looked: Looked, whole: Sums, rows: Sequence[str]) -> Iterator[Sums]:
    """Yield sums by columns of rows, where they add up to those of customers: means per customer do not."""
    for name in rows:
        (found,) = looked.sums([(name,)], rows_by=(name,))
        if all(
            _alike(part, all_of_it) for part, all_of_it in ((found.before, whole.before), (found.after, whole.after))
        ):
            yield found


def _alike(part: object, whole: object) -> bool:
    sums, total = part.sums, whole.sums  # type: ignore[attr-defined]
    return all(np.isclose(sums[name].sum(), total[name].sum(), rtol=1e-9) for name in sums if name in (TOP, BOTTOM))


def _dimension(by: tuple[str, ...], sums: Sums) -> Dimension:
    before, after = ({name: one.sum(axis=1) for name, one in side.sums.items()} for side in (sums.before, sums.after))
    return _made(by, sums.before.keys, before, after)


def _who(sums: Sums) -> Dimension | None:
    before, after = ({name: one.sum(axis=2) for name, one in side.sums.items()} for side in (sums.before, sums.after))
    found = _made((WHO,), _WHO, before, after)
    # Where nearly all are new, or nearly all are not, whoever is left is no measure of what others did; what new
    # customers add is a part of its own.
    enough = found.units >= max(adtributor.LEAST, _FEW * found.units.sum())
    return found if enough.sum() > 1 else None


def _made(
    by: tuple[str, ...], keys: Sequence[Key], before: Mapping[str, Floats], after: Mapping[str, Floats]
) -> Dimension:
    units = before[N].sum(axis=0) + after[N].sum(axis=0)
    return Dimension(
        name=by,
        values=tuple(tuple("(none)" if one is None else one for one in key) for key in keys),
        before=before[TOP],
        after=after[TOP],
        bottom_before=before.get(BOTTOM),
        bottom_after=after.get(BOTTOM),
        units=np.where([OTHERS in key for key in keys], 0.0, units),
    )


def _worthwhile(found: Sequence[adtributor.Ranked]) -> list[adtributor.Ranked]:
    """Return them without combinations that tell no more than one of the two does."""
    alone = {one.dimension.name[0]: one.evidence for one in found if len(one.dimension.name) == 1}

    def better(one: adtributor.Ranked) -> bool:
        return one.evidence > _BETTER + max(alone.get(name, 0.0) for name in one.dimension.name)

    return [one for one in found if len(one.dimension.name) == 1 or better(one)]


def _stands(looked: Looked, found: adtributor.Ranked, sums: Sums | None) -> Stands:
    dimension, places = found.dimension, list(found.places)
    before, after, below, below_after = dimension.each(grouped_jackknife.left_out)
    columns = [
        adtributor.contributions(before, after, below, below_after)[:, places].sum(axis=1),
        adtributor.excesses(before, after, below, below_after)[:, places].sum(axis=1),
    ]
    if below is not None and below_after is not None:
        mix, rate = kitagawa.mix_and_rate(*adtributor.weighed(before, after, below, below_after))
        columns += [mix[:, places].sum(axis=1), rate[:, places].sum(axis=1)]
    filled = int(((dimension.before != 0) | (dimension.after != 0)).any(axis=1).sum())
    spread = grouped_jackknife.spread(np.column_stack(columns), filled)
    moved, up = _moved(looked, sums, places, spread)
    return Stands(ranked=found, sums=sums, spread=spread, units=int(dimension.units[places].sum()), moved=moved, up=up)


def _moved(looked: Looked, sums: Sums | None, places: Sequence[int], spread: Spread) -> tuple[str, bool]:
    """Return which part moved most with the named customers, and whether up: of a ratio, they or their own value."""
    if looked.linear.ratio:
        _, _, mix, rate = spread.values
        name, size = ("mix", mix) if abs(mix) > abs(rate) else ("rate", rate)
        return f"named_{name}", bool(size * looked.linear.times > 0)
    if sums is None:
        return "", False
    sides = tuple(
        {
            name: grouped_jackknife.left_out(one[:, :, places].sum(axis=2, keepdims=True))
            for name, one in side.sums.items()
        }
        for side in (sums.before, sums.after)
    )
    parted = change_parts.of_total((sides[0], sides[1]))
    told = grouped_jackknife.spread(parted.values, spread.freedom + 1)
    sizes = np.where(np.sign(told.values) == np.sign(spread.values[0]), np.abs(told.values), 0.0)
    place = int(np.argmax(sizes))
    if sizes[place] < 2 * told.errors[place] or not sizes[place]:
        return "", False
    return parted.names[place], bool(told.values[place] > 0)
