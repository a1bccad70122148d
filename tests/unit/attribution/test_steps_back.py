"""Steps of a training whose states were not all kept are undone: up to rounding, and to the same bits wherever a pass goes on."""

from types import SimpleNamespace

import pytest
import torch

from explorer.attribution.unrolled import (
    Kept,
    Passing,
    StepsBack,
    first_passing,
    gradients_of_weights,
    kept_steps,
    pass_back,
    steps_back,
)
from explorer.attribution.unrolled.plain_second_pass import PlainSecondPass
from explorer.attribution.unrolled.second_pass import SecondPass
from explorer.attribution.unrolled.steps_back import YOUNG, Undone
from explorer.attribution.whole_network import Questions
from explorer.models.smooth_cnn import Network, Recipe, Training, state_rows
from explorer.models.smooth_cnn.pass_through import Pass
from explorer.models.smooth_cnn.recording import recorded

IMAGES, EPOCHS, EACH = 18, 8, 6
WIDTHS = (4, 5, 3)


def made(by_filter, kind):
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(IMAGES, 3, 8, 8, generator=generator, dtype=torch.float64).to(kind)
    recipe = Recipe(widths=WIDTHS, epochs=EPOCHS, batch=IMAGES // EACH, seed=3, by_filter=by_filter)
    return Training(Network(WIDTHS, 3, recipe.detail), recipe, images, torch.arange(IMAGES) % 3)


def outputs_of(recording):
    images = recording.training.images
    return Questions(images[:2].flip(3) / 2, torch.tensor([0, 2]), "loss").gradients(recording)


@pytest.fixture(params=[1, 2], ids=["one state an epoch", "every third"])
def recording(request, monkeypatch, kind, by_filter):
    """Of whose states there is room for few."""
    training = made(by_filter, kind)
    width = state_rows.layout(training.network, training.recipe, IMAGES).width
    number = training.images.element_size()
    monkeypatch.setattr(state_rows, "LARGEST", request.param * EPOCHS * width * number)
    found = recorded(training)
    assert found.layout.rows == request.param
    return found


@pytest.fixture(params=[False, True], ids=["each weight", "by filter"])
def by_filter(request):
    return request.param


@pytest.fixture
def kind():
    return torch.float64


def test_an_undone_step_is_the_one_that_was_taken(recording):
    steps, asked = StepsBack(recording), kept_steps(recording.state)
    undone = 0
    for step in reversed(range(recording.training.steps)):
        found, expected = steps(step), asked(step)
        assert isinstance(found, Undone) == (step > YOUNG and not recording.keeps(step))
        undone += isinstance(found, Undone)
        torch.testing.assert_close(found.theta, expected.theta, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(found.after, expected.after, rtol=1e-9, atol=1e-15)
        torch.testing.assert_close(found.gradient(), expected.gradient(), rtol=1e-9, atol=1e-12)
    assert undone >= 8


def test_the_derivative_is_that_of_all_states(recording):
    expected = gradients_of_weights(recording.training, kept_steps(recording.state), outputs_of(recording))
    found = gradients_of_weights(recording.training, StepsBack(recording), outputs_of(recording))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-10 * float(expected.abs().max()))


@pytest.mark.parametrize("kind", [torch.float32], ids=["single"])
def test_in_single_precision_it_is_the_same_up_to_rounding(recording):
    expected = gradients_of_weights(recording.training, kept_steps(recording.state), outputs_of(recording))
    found = gradients_of_weights(recording.training, StepsBack(recording), outputs_of(recording))
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-4 * float(expected.abs().max()))


@pytest.mark.parametrize("kind", [torch.float32], ids=["single"])
def test_a_pass_that_was_stopped_between_kept_states_goes_on_to_the_same_bits(recording):
    training, ways = recording.training, []
    first = first_passing(training, outputs_of(recording))
    whole = pass_back(training, StepsBack(recording), first, after=lambda now: ways.append(now.arrays()))
    between = [way for way in ways if way["step"] > YOUNG and not recording.keeps(int(way["step"]))]
    for way in between[0], between[len(between) // 2], between[-1]:
        again = pass_back(training, StepsBack(recording), Passing.of_arrays(way))
        assert torch.equal(again.by_epoch, whole.by_epoch)


def test_where_all_states_are_kept_none_is_undone(by_filter, kind):
    found = recorded(made(by_filter, kind))
    steps, asked = StepsBack(found), kept_steps(found.state)
    for step in reversed(range(found.training.steps)):
        kept, expected = steps(step), asked(step)
        assert isinstance(kept, Kept)
        for name in ("theta", "before", "after"):
            assert torch.equal(getattr(kept, name), getattr(expected, name))


@pytest.mark.parametrize("made_of", [lambda *parts: SecondPass(Pass(*parts, len(parts[-1]))), PlainSecondPass])
def test_the_gradient_of_a_second_pass_is_that_of_the_batch(by_filter, kind, made_of):
    training = made(by_filter, kind)
    begin, batch = training.begin(), next(training.batches(3))
    second = made_of(training.network, begin.theta, training.given(batch), training.labels[batch.rows])
    torch.testing.assert_close(second.gradient(), training.gradient(begin, batch)[0], rtol=1e-9, atol=1e-12)


def test_a_pass_goes_on_below_thousands_of_steps_that_were_not_kept(monkeypatch):
    class Stub(SimpleNamespace):
        def __init__(self, training, step, theta, moments):
            super().__init__(step=step, theta=theta - 1)

        def before(self):
            return self.theta, None

    monkeypatch.setattr(steps_back, "Undone", Stub)
    last = SimpleNamespace(theta=5000, moments=None)
    found = StepsBack(SimpleNamespace(training=None, state=lambda step: last, keeps=lambda step: step == 5000))
    assert [found(step).theta for step in (100, 99)] == [100, 99]
