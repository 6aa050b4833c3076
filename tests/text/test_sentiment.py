import json

import numpy as np
import pytest
from written import rated

from regulars.stats import ranking
from regulars.text import sentiment
from regulars.text.sentiment import LEAST, learn


def taught(n, **settings):
    texts, labels = rated(n, **settings)
    return texts, labels, learn(texts, labels, [None] * n, ["en"] * n, rng=np.random.default_rng(0))


def auc(learned):
    decided = learned.came != 0.5
    return ranking.concordance(learned.scores[decided], learned.came[decided])


def test_it_learns_from_three_hundred_and_not_from_fewer():
    assert LEAST == 300
    assert taught(299)[2] is None
    _, _, learned = taught(300)
    assert auc(learned) > 0.8
    assert learned.rows.tolist() == list(range(300))
    said = learned.model.probabilities(["lovely soft parcel", "rude broken parcel", "zzz"])
    assert said[0] > 0.7 > 0.3 > said[1]
    assert said[2] is None


def test_out_of_fold_it_does_not_know_what_is_only_noise():
    """Words without meaning: in the sample they could be learned by heart, out of it they tell nothing."""
    assert 0.4 < auc(taught(600, noise=0.5)[2]) < 0.6


def test_what_one_person_wrote_is_told_by_models_that_saw_none_of_it():
    """Everyone writes a name of their own and is always of one mind: that would foretell all, and must not."""
    rng = np.random.default_rng(3)
    people = [f"p{place % 40}" for place in range(400)]
    mind = {who: rng.random() < 0.5 for who in people}
    texts = [f"name{who} {'abc'[place % 3]}x {'def'[place % 2]}y" for place, who in enumerate(people)]
    labels = ["positive" if mind[who] else "negative" for who in people]
    together = learn(texts, labels, people, ["en"] * 400, rng=np.random.default_rng(0))
    apart = learn(texts, labels, [None] * 400, ["en"] * 400, rng=np.random.default_rng(0))
    assert auc(apart) > 0.95
    assert auc(together) < 0.7
    folds = {}
    for row, fold in zip(together.rows.tolist(), together.fold.tolist(), strict=True):
        folds.setdefault(people[row], set()).add(fold)
    assert all(len(each) == 1 for each in folds.values())


def test_too_few_of_a_kind_or_one_persons_is_nothing_to_learn_from():
    texts, labels = rated(400)
    assert learn(texts, ["positive"] * 400, [None] * 400, ["en"] * 400, rng=np.random.default_rng(0)) is None
    assert learn(texts, labels, ["one"] * 400, ["en"] * 400, rng=np.random.default_rng(0)) is None
    assert (
        learn(
            [str(place) * 9 for place in range(400)], labels, [None] * 400, ["en"] * 400, rng=np.random.default_rng(0)
        )
        is None
    )
    assert learn([], [], [], [], rng=np.random.default_rng(0)) is None


def test_neutral_comments_are_foretold_but_not_learned_from():
    texts, labels, alone = taught(400)
    more = learn(
        [*texts, *["plain parcel lamp"] * 60],
        [*labels, *["neutral"] * 60],
        [None] * 460,
        ["en"] * 460,
        rng=np.random.default_rng(0),
    )
    assert (more.came == 0.5).sum() == 60
    assert len(more.probabilities) == 460
    # Terms are those of all, weights of the rated ones: "plain" says nothing.
    assert abs(more.model.weights[more.model.terms.index("plain")]) < 1e-9
    assert auc(more) == pytest.approx(auc(alone), abs=0.03)


def test_probabilities_come_true():
    learned = taught(3000, noise=0.2)[2]
    high = learned.probabilities > 0.7
    assert learned.came[high].mean() == pytest.approx(learned.probabilities[high].mean(), abs=0.04)


def test_parts_of_a_comment_are_judged_by_a_model_that_had_not_seen_it():
    texts, _, learned = taught(400)
    fold = int(learned.fold[7])
    whole, own = learned.parts([texts[7], texts[7]], [-1, fold])
    assert whole == learned.model.probabilities([texts[7]])[0]
    assert own != whole
    assert learned.parts([], []) == []


def test_it_speaks_of_languages_with_fifty_rated_comments():
    texts, labels = rated(400)
    learned = learn(texts, labels, [None] * 400, ["pt"] * 340 + ["nl"] * 49 + [None] * 11, rng=np.random.default_rng(0))
    assert learned.model.languages == {"pt", None}


def test_same_comments_same_model():
    one, other = taught(350)[2], taught(350)[2]
    assert one.model.terms == other.model.terms
    assert one.model.weights.tobytes() == other.model.weights.tobytes()
    assert one.probabilities.tobytes() == other.probabilities.tobytes()
    json.dumps([one.model.weights.tolist(), one.model.calibration.said])


@pytest.mark.parametrize(
    ("p", "found"), [(2 / 3, "positive"), (0.66, "neutral"), (0.34, "neutral"), (1 / 3, "negative")]
)
def test_two_to_one_decides(p, found):
    assert sentiment.polarity(p) == found
    assert sentiment.polarity(None) is None


@pytest.mark.shared_data
def test_portuguese_reviews_are_told_apart(shared):
    pq = pytest.importorskip("pyarrow.parquet")
    rows = pq.read_table(shared / "data/olist_subset/olist_order_reviews_dataset.parquet").to_pylist()
    rows = [row for row in rows if (row["review_comment_message"] or "").strip()]
    label = {1: "negative", 2: "negative", 3: None, 4: "positive", 5: "positive"}
    labels = [label[row["review_score"]] for row in rows]
    texts = [row["review_comment_message"] for row in rows]
    learned = learn(texts, labels, [row["order_id"] for row in rows], ["pt"] * len(rows), rng=np.random.default_rng(0))
    found = ranking.auc(learned.scores, learned.came)
    assert found.n > 3700
    assert found.low >= 0.955
