"""One tree of errors: each has a code of its own, an exit status that is documented, and a place in the drawing."""

from importlib import import_module
from pkgutil import walk_packages

import pytest

import regulars
from regulars.core import errors
from regulars.core.errors import RegularsError

STATUSES = {2, 65, 66, 70, 74, 75, 77, 78}


def below(kind):
    return {kind} | {found for child in kind.__subclasses__() for found in below(child)}


def declared():
    for module in walk_packages(regulars.__path__, "regulars."):
        if "__main__" not in module.name:
            import_module(module.name)
    return sorted((kind for kind in below(RegularsError) if kind.__module__.startswith("regulars.")), key=str)


def test_codes_are_own_and_unique():
    kinds = declared()
    assert len(kinds) >= 10
    assert [kind.__name__ for kind in kinds if "code" not in vars(kind)] == []
    codes = [kind.code for kind in kinds]
    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("kind", sorted(below(RegularsError), key=str), ids=lambda kind: kind.__name__)
def test_exit_statuses_are_the_documented_ones(kind):
    assert kind.exit_status in STATUSES


def test_all_errors_are_declared_and_drawn_in_one_file():
    assert [kind for kind in declared() if kind.__module__ != errors.__name__] == []
    assert [kind.__name__ for kind in declared() if kind.__name__ not in str(errors.__doc__)] == []
