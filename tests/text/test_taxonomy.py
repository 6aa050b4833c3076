import tomllib
from decimal import Decimal

import pytest

from regulars.core.errors import SettingsError, UnknownName
from regulars.text import everyday
from regulars.text.taxonomy import built_in, checked, read

FILE = """# ours
everyday = true

[theme.en-3]
name = "Sizing"
owner = "product"
words = ["runs small", "too tigh*"]
cost = 12000.50
note = "ask Ann"

[theme.en-4]
merge = "en-3"

[theme.delivery]
owner = "shops"
words = { nl = ["pakje"] }

[theme.parking]
words = { en = ["parking"], nl = ["parkeer*"] }

[theme.website]
exclude = true
"""


def problems(text, known=("en-3", "en-4")):
    with pytest.raises(SettingsError) as caught:
        read(text, known=known)
    return caught.value.problems


def test_what_the_file_says_is_read():
    found = read(FILE, known=["en-3", "en-4"])
    sizing = found.entry("en-3")
    assert (sizing.name, sizing.owner, sizing.cost, sizing.note) == (
        "Sizing",
        "product",
        Decimal("12000.50"),
        "ask Ann",
    )
    assert sizing.words == {"*": ("runs small", "too tigh*")}
    assert found.entry("parking").words["nl"] == ("parkeer*",)
    assert found.entry("never heard of").name == ""


def test_an_everyday_theme_keeps_what_is_not_said_of_it():
    before, after = built_in().entry("delivery"), read(FILE).entry("delivery")
    assert (after.name, after.owner) == (before.name, "shops")
    assert after.words["nl"] == (*before.words["nl"], "pakje")
    assert after.words["en"] == before.words["en"]
    assert after.everyday


def test_merges_are_followed_and_exclusion_counts():
    found = read(FILE + '\n[theme.parking2]\nwords = ["p2"]\nmerge = "website"\n', known=["en-3", "en-4"])
    assert found.theme_of("en-4") == "en-3"
    assert found.theme_of("en-9") == "en-9"
    assert found.theme_of("website") is None
    assert found.theme_of("parking2") is None


def test_everyday_themes_can_be_switched_off_or_written_out_and_changed():
    assert read("everyday = false").entries == {}
    assert read("") == built_in()
    own = read(everyday.as_toml())
    assert list(own.entries) == list(built_in().entries)
    for name, entry in own.entries.items():
        assert (entry.name, entry.owner, dict(entry.words)) == (
            built_in().entry(name).name,
            built_in().entry(name).owner,
            dict(built_in().entry(name).words),
        )
        assert not entry.everyday


def test_everyday_themes_speak_six_languages_and_have_owners():
    for name, owner, words in everyday.themes().values():
        assert name
        assert owner in everyday.OWNERS
        assert set(words) == {"en", "nl", "de", "fr", "es", "pt"}
        assert all(len(said) == len(set(said)) and all(said) for said in words.values())
    assert {owner for _, owner, _ in everyday.themes().values()} == set(everyday.OWNERS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[theme.deliveri]\nname = "x"', "themes.toml:1: No theme is called `deliveri`. Did you mean `delivery`?"),
        ('[theme.en-9]\nname = "x"', "themes.toml:1: No theme is called `en-9`. Did you mean `en-4`?"),
        ('\n[theme.delivery]\nmerge = "pricee"', "themes.toml:3: No theme is called `pricee`. Did you mean `price`?"),
        ('[theme.delivery]\nowners = "x"', "themes.toml:2: `owners` is unknown. Did you mean `owner`?"),
        ("[theme.delivery]\nname = 3", "themes.toml:2: `name` must be text in quotes"),
        ('[theme.delivery]\nexclude = "yes"', "themes.toml:2: `exclude` must be true or false"),
        ('[theme.delivery]\ncost = "12 EUR"', "themes.toml:2: `cost` must be an amount"),
        ("[theme.delivery]\ncost = -1", "themes.toml:2: `cost` must be an amount"),
        ("[theme.delivery]\ncost = nan", "themes.toml:2: `cost` must be an amount"),
        ('[theme.delivery]\nwords = "late"', "themes.toml:2: `words` must be a list of texts"),
        ("[theme.delivery]\nwords = [1]", "themes.toml:2: `words` must be a list of texts"),
        ('[theme.delivery]\nwords = ["*"]', "themes.toml:2: `*` holds no word"),
        ('[theme.delivery]\nwords = ["a*b"]', "themes.toml:2: `a*b` holds no word"),
        ('[theme.delivery.words]\nenglish = ["a"]', "themes.toml:2: `english` is no language"),
        ('everyday = "no"', "themes.toml:1: `everyday` must be true or false."),
        ("built_in = false", "themes.toml:1: `built_in` is unknown."),
        ("theme = 3", "themes.toml:1: `theme` must be tables"),
        ("[theme]\ndelivery = 3", "themes.toml:2: `theme.delivery` must be a table"),
        ('[theme."a b"]\nwords = ["x"]', "themes.toml:1: `a b` is no id"),
        ('everyday = false\n[theme.delivery]\nname = "x"', "themes.toml:2: No theme is called `delivery`."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text, said):
    assert len(problems(text)) == 1
    assert problems(text)[0].startswith(said)


def test_all_problems_come_at_once_in_order_of_lines():
    found = problems('[theme.delivery]\ncost = "x"\nname = 1\n[theme.price]\nexclude = 1\n')
    assert [line.split(":")[1] for line in found] == ["2", "3", "5"]


def test_merging_in_a_circle_is_refused_once():
    text = '[theme.delivery]\nmerge = "price"\n[theme.price]\nmerge = "quality"\n[theme.quality]\nmerge = "delivery"\n'
    (found,) = problems(text)
    assert "circle: `delivery` into `price` into `quality` into `delivery`" in found
    assert "circle: `price` into `price`" in problems('[theme.price]\nmerge = "price"')[-1]


def test_broken_toml_is_said_with_its_line():
    (found,) = problems('[theme.delivery]\nname = "x\n')
    assert found.startswith("themes.toml:2:")
    assert found.endswith("this is no TOML.")


def test_without_memory_ids_of_found_themes_pass():
    assert read('[theme.en-9]\nname = "x"\nmerge = "pt-2"').entry("en-9").merge == "pt-2"


def test_a_theme_that_is_asked_for_must_be_there():
    assert checked(built_in(), "price") == "price"
    assert checked(built_in(), "en-1", ["en-1"]) == "en-1"
    with pytest.raises(UnknownName, match="Did you mean `price`"):
        checked(built_in(), "prize")


def test_the_example_in_the_docstring_can_be_read():
    from regulars.text import taxonomy

    example = "\n".join(line[4:] for line in taxonomy.__doc__.splitlines() if line.startswith("    "))
    assert set(tomllib.loads(example)["theme"]) == {"en-3", "pt-2", "parking"}
    assert read(example).entry("pt-2").merge == "delivery"
