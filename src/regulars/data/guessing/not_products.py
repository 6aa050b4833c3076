"""Order lines that are no product: postage, fees and discounts, found by their ids and descriptions."""

from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from regulars.data.guessing.names import words_of
from regulars.data.guessing.profile import Column, File
from regulars.data.guessing.proposal import Feed, Guess, ProposedSource

#: Product ids that are no product in many shops, and words of descriptions that say so.
_NO_PRODUCT = frozenset(
    "POST DOT C2 M D S B BANK CHARGES AMAZONFEE CRUK SHIPPING FREIGHT POSTAGE VERSAND PORTO ADJUST FEE TIP".split()
)


_NO_PRODUCT_WORDS = frozenset(
    "postage post carriage shipping freight delivery fee fees charge charges commission manual adjust adjustment "
    "adjustments sample samples discount bank debt versand versandkosten porto gebuehr rabatt".split()
)


_DISCOUNT_WORDS = frozenset("discount rabatt descuento remise".split())


def find_rules(sources: Sequence[ProposedSource], files: Mapping[str, File]) -> dict[str, tuple[Guess, ...]]:
    """Return product ids that are no product, found in the data: ids without digits among ids with them."""
    found: dict[str, dict[str, Guess]] = {"not_product": {}, "discount": {}}
    for source in sources:
        for feed in source.feeds:
            product = feed.column("product_id") if feed.table == "order_lines" else None
            if product is not None and len(product.uses) == 1:
                for key, guess in _odd_products(files[source.origin], product.uses[0], feed):
                    found[key].setdefault(guess.value.upper(), guess)
    return {key: tuple(guesses.values()) for key, guesses in found.items()}


def _odd_products(file: File, product: str, feed: Feed) -> Iterator[tuple[str, Guess]]:
    column = file.column(product)
    digits = pc.match_substring_regex(column.values, "[0-9]")
    rows = pc.sum(column.counts).as_py() or 0
    coded = (pc.sum(column.counts.filter(digits)).as_py() or 0) / rows if rows else 0.0
    if coded < 0.99:
        return
    described = next(
        (
            other
            for other in file.columns
            if {"description", "name"} & set(words_of(other.name)) and other.name != product
        ),
        None,
    )
    listed = pc.is_in(pc.utf8_upper(column.values), value_set=pa.array(sorted({"BANK CHARGES", *_NO_PRODUCT})))
    odd = column.values.filter(pc.or_(pc.invert(digits), listed)).to_pylist()
    counts = dict(zip(column.values.to_pylist(), column.counts.to_pylist(), strict=True))
    for value in sorted(odd, key=lambda value: (-counts[value], value)):
        said = _description(file, product, value, described)
        words = set(words_of(said)) | set(words_of(value))
        if (
            value.upper() not in {"BANK CHARGES", *_NO_PRODUCT}
            and described is not None
            and not words & _NO_PRODUCT_WORDS
        ):
            continue
        reason = f"{said + ', ' if said else ''}{counts[value]:,} rows; {coded:.1%} of product ids have digits"
        yield "discount" if words & _DISCOUNT_WORDS else "not_product", Guess(value=value, reason=reason)


def _description(file: File, product: str, value: str, described: Column | None) -> str:
    if described is None:
        return ""
    texts = file.rows[described.name].filter(pc.equal(file.rows[product], value)).drop_null()
    counted = sorted(
        zip(*(part.to_pylist() for part in texts.value_counts().flatten()), strict=True),
        key=lambda pair: (-pair[1], pair[0]),
    )
    return next((text for text, _ in counted if text.strip()), "")
