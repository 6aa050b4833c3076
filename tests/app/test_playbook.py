"""Conditions of actions in words: what is written says the same as what is asked."""

import pytest
from ibis import _

import regulars.catalogue.actions
from regulars.app.playbook import written
from regulars.core.registry import discover, modules_of
from regulars.decisions.action import Action

ACTIONS = discover(modules_of(regulars.catalogue.actions), Action)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (_.under_contract, "under_contract"),
        (~_.under_contract & (_.orders > 1), "not under_contract and orders > 1"),
        (~(_.late | _.reopened), "not (late or reopened)"),
        ((_.late | _.reopened) & _.under_contract, "(late or reopened) and under_contract"),
        (_.late | (_.reopened & _.under_contract), "late or reopened and under_contract"),
        (_.orders - (_.open_cases - 1) > 2, "orders - (open_cases - 1) > 2"),
        ((_.orders == 1) == _.late, "(orders = 1) = late"),
        (_.segment == "it's", "segment = 'it''s'"),
        (_.state.isin(["a", "b"]), "state in ('a', 'b')"),
        (_.nps_score.isnull(), "nps_score is null"),
        (_.orders.between(2, 4), "orders between 2 and 4"),
        (_.state.upper() == "A", ""),
    ],
)
def test_a_condition_is_written_as_it_is_asked_or_not_at_all(condition, said):
    assert written(condition) == said


@pytest.mark.parametrize("one", ACTIONS.values(), ids=ACTIONS)
def test_every_action_of_ours_says_whom_it_is_for_in_words_and_exactly(one):
    assert one.for_whom
    assert written(one.eligible)
