"""Comments that tests are made of."""

import numpy as np

GOOD = ("lovely", "wonderful", "bright", "soft", "friendly", "quick")
BAD = ("broken", "awful", "rude", "late", "dirty", "slow")
THINGS = ("parcel", "shop", "colour", "courier", "button", "lamp", "table", "invoice", "garden", "kettle")


def rated(n, *, seed=0, noise=0.1, good=GOOD, bad=BAD, things=THINGS, share=0.6):
    """Return texts and labels: words of praise for positive ones but for `noise` of them, and the other way round."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(n):
        positive = rng.random() < share
        said = good if positive != (rng.random() < noise) else bad
        texts.append(" ".join([*rng.choice(things, 3), *rng.choice(said, 2)]))
        labels.append("positive" if positive else "negative")
    return texts, labels


def about(topics, n, *, seed=0):
    """Return n sentences, each of four words of one topic, and the place of its topic."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(len(topics), size=n)
    return [" ".join(rng.choice(topics[place].split(), 4, replace=False)) for place in truth], truth
