"""The derivative of a training climbs: of one batch's gradient against autograd, of the whole against central differences."""

from dataclasses import replace

import pytest
import torch

from explorer.attribution.unrolled import (
    Course,
    Kept,
    Passing,
    first_course,
    first_passing,
    gradients_of_weights,
    pass_back,
    pass_forth,
)
from explorer.attribution.unrolled.second_pass import SecondPass
from explorer.models.smooth_cnn import Network, Recipe, Training
from explorer.models.smooth_cnn.pass_through import Pass
from tests.support import plain_training

RECIPE = Recipe(widths=(4, 5, 3), epochs=3, batch=5, seed=3)
NETWORK = Network(RECIPE.widths, 3, RECIPE.detail)
# Of a central difference: wider steps cross the bend of Adam's first steps, where a gradient is nearly 0; narrower ones are rounding.
STEP, OFF = 1e-6, 1e-6


@pytest.fixture(scope="module", params=[False, True], ids=["each weight", "by filter"])
def training(request):
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(12, 3, 8, 8, generator=generator, dtype=torch.float64)
    return Training(NETWORK, replace(RECIPE, by_filter=request.param), images, torch.arange(12) % 3)


@pytest.fixture(scope="module")
def recorded(training):
    """The trained state, and what is kept of each step."""
    states = []
    end = training.run(before=lambda state: states.append((state.theta.clone(), state.moments.clone())))
    states.append((end.theta, end.moments))
    return end, lambda step: Kept(*states[step], states[step + 1][1])


def output(state, image=0):
    """A loss of the trained network, and how it hangs on θ and on the running statistics."""
    pixels = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(5), dtype=torch.float64)[[image]]
    theta = state.theta.clone().requires_grad_()
    statistics = [tuple(part.clone().requires_grad_() for part in pair) for pair in state.statistics]
    loss = torch.nn.functional.cross_entropy(NETWORK.logits(theta, statistics, pixels), torch.tensor([image]))
    flat = [part for pair in statistics for part in pair]
    first, *rest = torch.autograd.grad(loss, [theta, *flat])
    return float(loss.detach()), (first, list(zip(rest[::2], rest[1::2], strict=True)))


def test_the_derivative_of_a_batchs_gradient_is_autograds(training):
    generator, batch, begin = torch.Generator().manual_seed(2), next(training.batches()), training.begin().theta
    begin = begin + 0.1 * torch.randn(len(begin), generator=generator, dtype=torch.float64)
    pixels, labels = batch.pixels(training.images), training.labels[batch.rows]
    direction = torch.randn(len(begin), generator=generator, dtype=torch.float64)
    theta, shares = begin.clone().requires_grad_(), torch.ones(5, dtype=torch.float64, requires_grad=True)
    risk, statistics = plain_training.risk_of_batch(
        plain_training.grouped(NETWORK.split(theta)), NETWORK.seen(pixels), labels, shares, 7
    )
    pull = [
        tuple(torch.randn(len(part), generator=generator, dtype=torch.float64) for part in pair) for pair in statistics
    ]
    gradient = torch.autograd.grad(risk, theta, create_graph=True)[0]
    pulled = sum(
        (a * b).sum() for pair, by in zip(statistics, pull, strict=True) for a, b in zip(pair, by, strict=True)
    )
    expected = torch.autograd.grad(gradient @ direction + pulled, (theta, shares))
    found = SecondPass(Pass(NETWORK, begin, pixels, labels, 7))(direction, pull)
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


def test_the_change_of_a_batchs_gradient_along_weights_and_images_is_autograds(training):
    generator, batch, begin = torch.Generator().manual_seed(2), next(training.batches()), training.begin().theta
    begin = begin + 0.1 * torch.randn(len(begin), generator=generator, dtype=torch.float64)
    pixels, labels = batch.pixels(training.images), training.labels[batch.rows]
    direction, moved = (torch.randn(size, generator=generator, dtype=torch.float64) for size in (len(begin), 5))

    def gradient_and_statistics(theta, shares):
        risk, statistics = plain_training.risk_of_batch(
            plain_training.grouped(NETWORK.split(theta)), NETWORK.seen(pixels), labels, shares, 7
        )
        gradient = torch.autograd.grad(risk, theta, create_graph=True)[0]
        return gradient, *(part for pair in statistics for part in pair)

    begun = begin.requires_grad_(), torch.ones(5, dtype=torch.float64, requires_grad=True)
    _, (gradient, *statistics) = torch.autograd.functional.jvp(gradient_and_statistics, begun, (direction, moved))
    with torch.no_grad():
        found = SecondPass(Pass(NETWORK, begin, pixels, labels, 7)).change(direction, moved)
    torch.testing.assert_close(found[0], gradient, rtol=1e-9, atol=1e-11)
    torch.testing.assert_close([part for pair in found[1] for part in pair], statistics, rtol=1e-9, atol=1e-11)


def test_the_way_forth_is_the_transpose_of_the_way_back(training, recorded):
    end, kept = recorded
    outputs = [output(end, image)[1] for image in range(3)]
    back = gradients_of_weights(training, kept, outputs)
    directions = torch.randn(4, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    forth = pass_forth(training, kept, directions, first_course(training, 4))
    expected = back @ directions.T
    for row, (theta, statistics) in enumerate(outputs):
        for column, change in enumerate(forth):
            along = theta @ change.theta
            for pull, moved in zip(statistics, change.statistics, strict=True):
                along = along + pull[0] @ moved[0] + pull[1] @ moved[1]
            assert float(along) == pytest.approx(float(expected[row, column]), rel=1e-9)


def test_a_way_forth_that_was_kept_goes_on_to_the_same_bytes(training, recorded):
    _, kept = recorded
    directions, ways = torch.eye(12, dtype=torch.float64)[:2], []
    course = first_course(training, 2)
    whole = pass_forth(training, kept, directions, course, after=lambda now: ways.append(now.arrays()))
    assert [int(way["step"]) for way in ways] == list(range(1, training.steps + 1))
    for way in ways[2], ways[-1]:
        again = pass_forth(training, kept, directions, Course.of_arrays(way))
        for one, other in zip(whole, again, strict=True):
            assert torch.equal(one.theta, other.theta)
            assert torch.equal(one.statistics[1][0], other.statistics[1][0])


def test_the_derivative_of_a_training_is_the_central_difference_of_trainings(training, recorded):
    end, kept = recorded
    found = gradients_of_weights(training, kept, [output(end)[1], output(end, 2)[1]])
    for row, image in enumerate((0, 2)):
        differences = []
        for chosen in range(0, 12, 3):
            moved = [torch.ones(12, dtype=torch.float64) for _ in range(2)]
            moved[0][chosen] += STEP
            moved[1][chosen] -= STEP
            more, less = (output(training.run(shares=shares), image)[0] for shares in moved)
            differences.append((more - less) / (2 * STEP))
        expected = torch.tensor(differences, dtype=torch.float64)
        largest = float(found[row].abs().max())
        torch.testing.assert_close(found[row, ::3], expected, rtol=0, atol=OFF * largest)


def test_the_derivative_of_a_sum_is_the_sum_of_derivatives(training, recorded):
    end, kept = recorded
    (first, first_pull), (second, second_pull) = output(end)[1], output(end, 1)[1]
    pull = [(a + c, b + d) for (a, b), (c, d) in zip(first_pull, second_pull, strict=True)]
    one, two, both = gradients_of_weights(
        training, kept, [(first, first_pull), (second, second_pull), (first + second, pull)]
    )
    torch.testing.assert_close(one + two, both, rtol=1e-9, atol=1e-12)


def trained_with(training, epoch, shares):
    """The trained state where images have these weights in one epoch alone."""
    state, each = training.begin(), training.steps // RECIPE.epochs
    for batch in training.batches():
        inside = batch.step // each == epoch
        training.advance(state, *training.gradient(state, batch, shares if inside else None))
    return state


def test_what_an_epoch_added_is_the_central_difference_of_weights_in_that_epoch(training, recorded):
    end, kept = recorded
    passing = pass_back(training, kept, first_passing(training, [output(end)[1]]))
    found = passing.by_epoch[0]
    for epoch in range(RECIPE.epochs):
        moved = [torch.ones(12, dtype=torch.float64) for _ in range(2)]
        moved[0][4] += STEP
        moved[1][4] -= STEP
        more, less = (output(trained_with(training, epoch, shares))[0] for shares in moved)
        assert float(found[epoch, 4]) == pytest.approx((more - less) / (2 * STEP), abs=OFF * float(found.abs().max()))


def test_a_pass_that_was_kept_on_the_way_goes_on_to_the_same_bytes(training, recorded):
    end, kept = recorded
    outputs, ways = [output(end)[1], output(end, 2)[1]], []
    whole = pass_back(training, kept, first_passing(training, outputs), after=lambda now: ways.append(now.arrays()))
    assert [int(way["step"]) for way in ways] == list(reversed(range(training.steps)))
    for way in ways[3], ways[-1]:
        again = pass_back(training, kept, Passing.of_arrays(way))
        assert torch.equal(again.by_epoch, whole.by_epoch)
    assert torch.equal(gradients_of_weights(training, kept, outputs), whole.by_epoch.sum(1))
