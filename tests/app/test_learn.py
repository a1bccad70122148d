"""Learn beside its figures: the glossary's ways to where a word is shown, and one colour for a class everywhere."""

import re
from urllib.parse import parse_qs, urlsplit

from explorer.app.components.glossary_terms.glossary_terms import terms
from explorer.app.components.loader import APP
from explorer.app.pages.learn.glossary_places import glossary_places
from tests.support.addresses import PAGES
from tests.support.pages import opened


def test_most_words_of_the_glossary_lead_to_where_they_are_shown():
    places, names = glossary_places(), {term.name for term in terms()}
    assert places.keys() <= names
    assert len(places) > 0.8 * len(names)


def test_the_ways_of_the_glossary_open():
    for href in {href for _, href in glossary_places().values()}:
        parts = urlsplit(href)
        assert parts.path[1:] in PAGES
        state = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if "learn" in parts.path:
            app = opened("learn", **state)
            assert [error.value for error in (*app.exception, *app.error)] == []


def test_a_class_has_one_colour_in_the_lesson_and_on_the_map():
    palette = (APP / "components/scatter/palette.js").read_text()
    plane = (APP / "pages/learn/lesson/plane/plane.css").read_text()
    on_map = re.findall("#[0-9a-f]{6}", re.search(r"CLASS_COLOURS = \[(.+)\]", palette)[1])[:2]
    assert [re.search(rf"--{name}: .*?(#[0-9a-f]{{6}})", plane)[1] for name in ("cat", "dog")] == on_map
