"""What is remembered of pages: what was used last, and never more than there is room for."""

from regulars.views.remembered import MOST, Remembered


def test_what_was_used_last_is_remembered_and_the_rest_makes_room():
    memory = Remembered(3)
    for name in "abc":
        memory[name] = name.upper()
    assert memory["a"] == "A"
    memory["d"] = "D"
    assert [*memory] == ["c", "a", "d"]
    assert "b" not in memory
    for number in range(10 * MOST):
        memory[f"weekly answers of sales, where customer = {number}"] = number
    assert len(memory) == 3
    del memory[next(iter(memory))]
    assert len(memory) == 2
