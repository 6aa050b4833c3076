"""When an alert fires, as it is written."""

import pytest

from regulars.core.alert_when import Turn, when


@pytest.mark.parametrize(
    ("text", "turn", "amount", "relative"),
    [
        ("unusual", Turn.UNUSUAL, None, False),
        ("below 0.2", Turn.BELOW, 0.2, False),
        ("below 20%", Turn.BELOW, 0.2, False),
        ("above  -3", Turn.ABOVE, -3, False),
        ("falls by 10 %", Turn.FALLS, 0.1, True),
        ("rises by 25", Turn.RISES, 25, False),
    ],
)
def test_it_is_read_as_it_is_written_and_written_as_it_is_read(text, turn, amount, relative):
    found = when(text)
    assert (found.turn, found.amount, found.relative) == (turn, amount, relative)
    assert when(str(found)) == found


@pytest.mark.parametrize("text", ["", "under 3", "below", "below three", "falls by -1", "rises by 0 %", "above 1e9"])
def test_anything_else_is_refused_with_what_could_be_meant(text):
    with pytest.raises(ValueError, match=r"Write"):
        when(text)


def test_a_near_word_is_named():
    with pytest.raises(ValueError, match="Did you mean `unusual`"):
        when("unusal")


@pytest.mark.parametrize(
    ("text", "value", "before", "met"),
    [
        ("below 3", 2.9, None, True),
        ("below 3", 3, None, False),
        ("above 3", 3.1, None, True),
        ("falls by 10 %", 90, 100, True),
        ("falls by 10 %", 91, 100, False),
        ("falls by 10 %", -111, -100, True),
        ("rises by 10 %", 5, 0, False),
        ("rises by 5", 5, 0, True),
        ("rises by 5", 5, None, False),
        ("unusual", 5, 0, False),
    ],
)
def test_thresholds_are_met_or_not(text, value, before, met):
    assert when(text).met(value, before) is met
