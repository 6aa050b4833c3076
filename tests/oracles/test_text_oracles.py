"""Text statistics against independently computed results."""

import json

import numpy as np
import pytest

from regulars.text.themes import c_tf_idf

pytestmark = pytest.mark.filterwarnings("error")


@pytest.mark.shared_data
def test_class_based_tf_idf(shared):
    oracle = json.loads((shared / "oracles/ctfidf.json").read_text())
    found = c_tf_idf(np.array(oracle["inputs"]))
    assert found.tolist() == [
        pytest.approx(row, rel=0, abs=oracle["tolerance"]) for row in oracle["expected"]["weights"]
    ]
    assert found.argmax(axis=1).tolist() == oracle["expected"]["top_terms"]


def test_class_based_tf_idf_by_hand():
    """Two classes of 2 and 4 terms: A = 3; `a` occurs 3 times, `b` 3 times."""
    found = c_tf_idf([[2, 0], [1, 3]])
    log = np.log(2)
    assert found == pytest.approx(np.array([[log, 0], [log / 4, 3 * log / 4]]))


def test_empty_classes_and_terms_that_never_occur_weigh_nothing():
    assert c_tf_idf([[0, 0], [2, 0]]).tolist() == [[0, 0], [pytest.approx(np.log(1.5)), 0]]
