"""Programs whose last linear layer makes their scores, and programs whose does not: features, gates, a convolution for a classifier."""

import numpy as np
import pytest
import torch
from torch import nn

from explorer.core.errors import ExplorerError
from tests.support.networks import SIZE, features, images, loaded

HALF, DOUBLE = torch.float16, torch.float64


class Transformer(nn.Module):
    """A transformer without a classifier, which returns the first token, as DINO does."""

    def __init__(self):
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, 8, 8, 8), nn.LayerNorm(8)
        self.hidden, self.back = nn.Linear(8, 32), nn.Linear(32, 8)

    def forward(self, images):
        tokens = self.patches(images).flatten(2).transpose(1, 2)
        return self.norm(tokens + self.back(torch.relu(self.hidden(tokens))))[:, 0]


class Gated(nn.Module):
    """Linear layers that weigh channels (squeeze and excitation) before a convolution that classifies."""

    def __init__(self):
        super().__init__()
        self.first, self.classes = nn.Conv2d(3, 8, 3, 2, 1), nn.Conv2d(8, 2, 1)
        self.down, self.gate = nn.Linear(8, 4), nn.Linear(4, 8)

    def forward(self, images):
        maps = torch.relu(self.first(images))
        gates = torch.sigmoid(self.gate(torch.relu(self.down(maps.mean((2, 3))))))
        return self.classes(maps * gates[:, :, None, None]).mean((2, 3))


class Classifier(nn.Module):
    """One convolution and one linear layer, whose scores ``end`` turns into the answer."""

    def __init__(self, end=lambda scores, features: scores, outputs=2, pool=lambda maps: maps.mean((2, 3))):
        super().__init__()
        self.first, self.last, self.norm = nn.Conv2d(3, 8, 3, 2, 1), nn.Linear(8, outputs), nn.BatchNorm1d(outputs)
        self.pool, self.end = pool, end

    def forward(self, images):
        features = self.pool(torch.relu(self.first(images)))
        scores = self.last(features)
        return self.end(scores, features) if self.end else self.norm(scores)


PRIOR = torch.tensor([0.9, 0.1])
# What a person's program makes of its scores, and whether its last layer can be judged by them.
ENDS = {
    "a temperature": (lambda scores, features: torch.softmax(scores / 2, dim=1), True),
    "classes by their frequency": (lambda scores, features: torch.softmax(scores, dim=1) * PRIOR, False),
    "scores, and less the other": (lambda scores, features: (scores, scores - scores.flip(1)), True),
    "scores and features": (lambda scores, features: (scores, features), True),
    "a table": (lambda scores, features: {"features": features, "scores": scores}, True),
    "a batch norm": (None, False),
}


def traced(net, path, given):
    torch.jit.trace(net.eval(), given, strict=False).save(str(path))
    return "torchscript"


def exported(net, path, given):
    torch.export.save(torch.export.export(net.eval(), (given,)), path)
    return "torch-export"


saving = pytest.mark.parametrize("save", [traced, exported])


def read(save, net, path, kind=torch.float32, count=2, **own):
    torch.manual_seed(0)
    word = save(net.to(kind), path, torch.rand(count, 3, SIZE, SIZE, dtype=kind))
    return loaded(path, word, trust_code=True, **own)


@pytest.mark.filterwarnings("ignore")
@saving
@pytest.mark.parametrize(("net", "last"), [(Transformer, "back"), (Gated, "gate")])
def test_a_last_linear_layer_that_makes_no_scores_is_not_taken_for_the_classifier(save, net, last, tmp_path):
    with pytest.raises(
        ExplorerError, match=rf"^Its last linear layer \({last}\) does not make what .* add --layer output"
    ):
        read(save, net(), tmp_path / "net.pt2")
    made = net()
    body = read(save, made, tmp_path / "net.pt2", layer="output")
    with torch.no_grad():
        np.testing.assert_allclose(features(body), made(images()).numpy(), rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
@saving
@pytest.mark.parametrize("end", ENDS)
def test_a_last_layer_is_found_behind_what_is_made_of_its_scores(save, end, tmp_path):
    made, judged = Classifier(ENDS[end][0]), ENDS[end][1]
    body = read(save, made, tmp_path / "net.pt2")
    with torch.no_grad():
        expected = torch.relu(made.first(images())).mean((2, 3)).numpy()
    np.testing.assert_allclose(features(body), expected, rtol=1e-4, atol=1e-5)
    assert (body.head() is not None) == judged


# Sums and products behind the last layer, and the scores of which the answer is made.
AFFINE = {
    "a temperature, a shift by class": (lambda scores, _: scores / 2.5 + PRIOR, None),
    "a factor by class": (lambda scores, _: torch.tensor([2.0, -3.0]) * scores, None),
    "less than a number": (lambda scores, _: 1 - 2 * scores, None),
    "turned round": (lambda scores, _: -(scores - PRIOR), None),
    "a shift under a softmax": (lambda scores, _: torch.softmax(scores + PRIOR, dim=1), torch.softmax),
    "shares of a hundred": (lambda scores, _: 100 * torch.softmax(scores - PRIOR, dim=1), lambda x, dim: 100 * torch.softmax(x, dim)),
    "the logarithm of shares": (lambda scores, _: torch.log(torch.softmax(scores / 3, dim=1) + 1e-9), torch.log_softmax),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@saving
@pytest.mark.parametrize("end", AFFINE)
def test_factors_and_shifts_behind_the_last_layer_belong_to_it(save, end, tmp_path):
    made, made_of = Classifier(AFFINE[end][0]), AFFINE[end][1]
    body = read(save, made, tmp_path / "net.pt2")
    weight, bias = body.head()
    scores = torch.from_numpy(features(body) @ weight.T + bias)
    with torch.no_grad():
        expected = made(images()).double()
    torch.testing.assert_close(made_of(scores, dim=1) if made_of else scores, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
@saving
def test_one_score_without_its_dimension_is_judged(save, tmp_path):
    made = Classifier(lambda scores, features: torch.sigmoid(scores).squeeze(1), outputs=1)
    body = read(save, made, tmp_path / "net.pt2")
    np.testing.assert_allclose(body.head()[0], made.last.weight.detach().numpy(), rtol=1e-6)
    assert "It ends in sigmoid; its own last layer is judged before it." in body.notes


@pytest.mark.filterwarnings("ignore")
@saving
@pytest.mark.parametrize("kind", [HALF, DOUBLE])
def test_a_program_of_other_numbers_is_given_these(save, kind, tmp_path):
    made = Classifier()
    body = read(save, made, tmp_path / "net.pt2", kind)
    with torch.no_grad():
        expected = torch.relu(made.float().first(images())).mean((2, 3)).numpy()
    found = features(body)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=1e-2 if kind is HALF else 1e-4, atol=1e-3)


@pytest.mark.filterwarnings("ignore")
def test_a_program_for_one_picture_at_a_time_is_refused_as_such(tmp_path):
    made = Classifier(pool=lambda maps: maps.reshape(1, 8, -1).mean(2))
    with pytest.raises(
        ExplorerError, match=r"gives 1 row of features for 4 pictures: it was saved for a batch of another"
    ):
        read(traced, made, tmp_path / "net.pt", count=1)
