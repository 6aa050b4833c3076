"""What reading comments costs and how well it does: CPU seconds per step, areas under ROC curves, themes.

    OPENBLAS_NUM_THREADS=1 .venv/bin/python benchmarks/feedback.py

Reads ../shared/data beside the checkout: 10,000 reviews of clothing (English) and 4,109 of a marketplace (Portuguese),
all rated 1 to 5; says so where it is not there.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from regulars.text import lexicon, meant, pinning, reading
from regulars.text.polarity import net_sentiment
from regulars.text.reading import Comment, Reading, read

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
RATINGS = {1: "negative", 2: "negative", 3: "neutral", 4: "positive", 5: "positive"}
STEPS = {
    "sentences": (reading, "split"),
    "languages": (reading, "languages"),
    "lexicon": (lexicon, "heard"),
    "sentiment: learning": (reading, "learn"),
    "sentiment: quality": (reading, "assess"),
    "sentiment: comments": (meant, "comments"),
    "sentiment: sentences": (meant, "sentences"),
    "themes: by words": (pinning.Pins, "of"),
    "themes: finding": (reading, "find"),
    "themes: names, quotes": (reading, "named"),
}


def clothing() -> list[Comment]:
    rows = pq.read_table(DATA / "womens_reviews" / "reviews.parquet", columns=["Review Text", "Rating"]).to_pylist()
    kept = [row for row in rows if row["Review Text"]][:10_000]
    return [
        Comment(id=str(place), text=row["Review Text"], label=RATINGS[row["Rating"]]) for place, row in enumerate(kept)
    ]


def marketplace() -> list[Comment]:
    columns = ["order_id", "review_comment_message", "review_score"]
    path = DATA / "olist_subset" / "olist_order_reviews_dataset.parquet"
    return [
        Comment(
            id=str(place),
            text=row["review_comment_message"],
            label=RATINGS[row["review_score"]],
            person=row["order_id"],
        )
        for place, row in enumerate(pq.read_table(path, columns=columns).to_pylist())
        if row["review_comment_message"] and row["review_comment_message"].strip()
    ]


@contextmanager
def timed() -> Iterator[Counter[str]]:
    """Add up the CPU seconds of each step, those of steps inside it included."""
    spent: Counter[str] = Counter()
    kept: list[tuple[Any, str, Callable[..., Any]]] = []
    for name, (where, what) in STEPS.items():
        kept.append((where, what, getattr(where, what)))
        setattr(where, what, _watched(getattr(where, what), name, spent))
    try:
        yield spent
    finally:
        for where, what, function in kept:
            setattr(where, what, function)


def _watched(function: Callable[..., Any], name: str, spent: Counter[str]) -> Callable[..., Any]:
    def watched(*args: Any, **settings: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **settings)
        finally:
            spent[name] += time.process_time() - start

    return watched


def warm() -> float:
    """Load what is loaded once: classifier, lists, scikit-learn."""
    start = time.process_time()
    read(
        [Comment(id=str(place), text=f"Delivery was great number {place}", label="positive") for place in range(40)],
        seed=1,
    )
    import sklearn.decomposition
    import sklearn.linear_model  # noqa: F401

    return time.process_time() - start


def show(name: str, comments: list[Comment]) -> Reading:
    start = time.process_time()
    with timed() as spent:
        found = read(comments, seed=1)
    total = time.process_time() - start
    quality = found.quality
    print(f"\n{name}: {len(comments):,} comments, {total:.1f} CPU s ({total / len(comments) * 10_000:.1f} per 10,000)")
    for step, seconds in spent.items():
        print(f"  {step:<24}{seconds:6.2f}")
    for label in ("auc", "accuracy", "balanced_accuracy", "calibration_error", "lexicon_auc", "learned_auc", "gain"):
        one = getattr(quality, label)
        limits = one.why_not if one.value is None else f"{one.value:.4f} [{one.low:.4f}, {one.high:.4f}] n={one.n:,}"
        print(f"  {label:<24}{limits}")
    print(f"  {quality.why}")
    taken = Counter(one.polarity for one in found.comments if one.polarity)
    for corrected in (None, quality.learned_mistakes):
        net = net_sentiment(taken, corrected)
        print(f"  net sentiment           {net.value:+.3f} [{net.low:+.3f}, {net.high:+.3f}] {net.method}")
    print(f"  languages               {dict(Counter(one.language for one in found.comments))}")
    themed = sum(bool(one.mentions) for one in found.comments) / len(comments)
    print(f"  {len(found.themes)} themes, {themed:.0%} of comments have one")
    for theme in found.themes:
        moods = Counter(
            mention.polarity for one in found.comments for mention in one.mentions if mention.theme == theme.id
        )
        split = "/".join(f"{moods[each]:,}" for each in ("positive", "neutral", "negative"))
        print(f"    {theme.id:<18}{theme.n:6,} {split:<16} {theme.name:<34.34} {', '.join(theme.terms[:5])}")
    for note in found.notes:
        print(f"  {note}")
    return found


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"There are no comments to read: {DATA} is not there.")
    print(f"loading, once: {warm():.1f} CPU s")
    for name, comments in (("Clothing (English)", clothing()), ("Marketplace (Portuguese)", marketplace())):
        show(name, comments)


if __name__ == "__main__":
    main()
