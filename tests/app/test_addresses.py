"""Whatever an address says is read or refused in a sentence, without a browser: all that is parsed, then whole pages.

Slow, because every parameter of every page is tried with every hostile value: about three hundred drawings.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.app import urls
from explorer.app.pages.learn.game.hunt import unpack_rows
from explorer.core.errors import ExplorerError
from explorer.experiments import EXPERIMENTS
from explorer.experiments.settings import configure
from explorer.game.planted_games import planted_game
from explorer.runs import selections, store
from explorer.runs.own_pictures import picture_worker
from tests.support.addresses import HOSTILE, names, places
from tests.support.pages import opened

# The same examples each time: a red test is about the change at hand.
steady = settings(deadline=None, derandomize=True, max_examples=200)
said = st.sampled_from(list(HOSTILE)) | st.text()
READERS = {
    "a number": lambda text: urls.parse_whole_number("number", text),
    "a run": lambda text: store.resolve(text[:64]),  # as links does
    "a selection": selections.load,
    "a game": planted_game,
    "flags": lambda text: unpack_rows(text, 100),
}


# What a page without parameters of its own reads is the bar's; beside that page it is tried on those that read it themselves.
PLAIN = [page for page, _ in places()].index("trust")
OF_THE_CASE = {"trust", "overview", "explain", "training_image", "compare", "retrain", "learn"}

# A sentence that repeats what was given may not repeat all of it.
LONGEST = 2_000


def refusal(read, *given):
    """Return why something is refused; nothing where it is read."""
    try:
        read(*given)
    except ExplorerError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("reader", READERS)
@steady
@given(text=said)
def test_any_text_is_read_or_refused_in_a_sentence(reader, text):
    assert len(refusal(READERS[reader], text)) < LONGEST


@steady
@given(st.sampled_from(list(EXPERIMENTS)), st.data())
def test_any_setting_of_an_experiment_is_read_or_refused_in_a_sentence(name, data):
    settings = sorted(vars(EXPERIMENTS[name]()))
    asked = {each: data.draw(said) for each in settings if data.draw(st.booleans())}
    assert len(refusal(configure, EXPERIMENTS[name], asked)) < LONGEST


@pytest.fixture(scope="module")
def read(run):
    """Which parameters each page reads, in each of its states."""
    found, inner = {}, urls.param
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(picture_worker, "prepare", lambda run: None)
        for number, (page, state) in enumerate(places()):
            asked = found[number] = set()
            patch.setattr(urls, "param", lambda name, asked=asked: asked.add(name) or inner(name))
            assert [error.value for error in opened(page, **state).exception] == []
    return found


def test_every_parameter_that_a_page_reads_is_tried(read):
    asked = set().union(*read.values())
    assert {"run", "test", "train", "method", "view", "page", "selection"} <= asked
    assert asked <= set(names())
    assert read[PLAIN] <= {"run", "test", "method", "target", "hand", "game", "planted", "room"}


@pytest.mark.parametrize(
    "number", range(len(places())), ids=lambda number: " ".join([places()[number][0], *places()[number][1].values()])
)
def test_a_hostile_value_of_a_parameter_gets_the_page_or_a_sentence(read, monkeypatch, number):
    monkeypatch.setattr(picture_worker, "prepare", lambda run: None)
    page, state = places()[number]
    barred = set() if page in OF_THE_CASE else read[PLAIN]
    for place, name in enumerate(sorted(read[number] - state.keys() - barred)):
        value = list(HOSTILE)[(7 * number + place) % len(HOSTILE)]
        app = opened(page, **state, **{name: value})
        assert [error.value for error in app.exception] == [], (name, value)
        assert app.get("bidi_component") or app.error, (name, value)
