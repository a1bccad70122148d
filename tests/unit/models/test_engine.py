"""Features by ONNX Runtime and in several threads: the same as torch's one batch after another, and chosen by a sample."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from explorer.core.progress import silent
from explorer.datasets.pictures import ArrayPictures
from explorer.models import engine
from explorer.models.backbones import extract_features
from explorer.models.engine import ONNX_RUNTIME, TORCH, Engine, choose_engine
from explorer.models.feature_extractor import FeatureExtractor, LayerHook
from explorer.models.pixels import FeaturePipeline
from explorer.models.preparation.preparation import Preparation
from explorer.runs.build.engine_choice import said
from tests.support.onnx_files import tiny

WAY = Preparation.usual(32)
MANY = ArrayPictures(np.random.default_rng(1).integers(0, 256, (64, 24, 24, 3), dtype=np.uint8))


@pytest.fixture
def extractor():
    net = tiny().requires_grad_(False)
    return FeatureExtractor(net, LayerHook.find(net))


@pytest.fixture
def cores():
    """Torch computes in several threads, as it does where nobody says otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def eager(monkeypatch):
    """Any gain is enough, for any number of pictures: a small network gains nothing that could be timed."""
    monkeypatch.setattr(engine, "GAIN", 0)
    monkeypatch.setattr(engine, "TRIAL_SECONDS", 0)
    monkeypatch.setattr(engine, "LEAST", 0)


def one_after_another(extractor):
    """The slow twin: one picture at a time, in one thread."""
    return np.concatenate([extract_features(extractor, MANY, [row], WAY) for row in range(len(MANY))])


def chosen(extractor, count=10**6):
    return choose_engine(extractor, MANY, range(40), WAY, count, silent)


def close(found, truth, loose=1e-5):
    np.testing.assert_allclose(found, truth, rtol=0, atol=loose * np.abs(truth).max())


@pytest.mark.usefixtures("cores")
def test_threads_give_the_same_in_the_same_order(extractor):
    before = torch.get_num_threads()
    close(extract_features(extractor, MANY, range(len(MANY)), WAY), one_after_another(extractor))
    assert torch.get_num_threads() == before


@pytest.mark.usefixtures("cores")
def test_threads_do_compute_beside_one_another(extractor):
    seen, together = set(), threading.Barrier(3)

    class Meeting(nn.Module):
        def forward(self, values):
            if get_ident() not in seen:
                seen.add(get_ident())
                together.wait(timeout=10)  # broken where fewer than three are here at once
            return values

    get_ident = threading.get_ident
    extractor.network.insert(0, Meeting())
    extract_features(extractor, MANY, range(len(MANY)), WAY)
    assert len(seen) == 3


@pytest.mark.usefixtures("cores")
def test_the_first_error_is_raised_from_a_thread(extractor):
    class Pictures:
        def __getitem__(self, index):
            if index == 45:
                raise OSError("the disk is gone")
            return MANY[index]

    with pytest.raises(OSError, match="the disk is gone"):
        extract_features(extractor, Pictures(), range(len(MANY)), WAY)


@pytest.mark.usefixtures("eager")
def test_what_onnx_runtime_computes_agrees_and_is_said(extractor):
    truth = one_after_another(extractor)
    taken = chosen(extractor)
    assert (taken.name, extractor.quick is None) == (ONNX_RUNTIME, False)
    assert taken.difference <= 1e-5
    close(extract_features(extractor, MANY, range(len(MANY)), WAY), truth)
    assert said(taken.to_dict()).startswith("ONNX Runtime: in a sample ONNX Runtime was ")
    assert extractor.head() is not None


@pytest.mark.usefixtures("eager")
def test_derivatives_by_pixels_stay_with_torch(extractor):
    chosen(extractor)
    pictures = FeaturePipeline(extractor, 32, np.zeros(8), np.ones(8)).forward([MANY[0]])
    slopes = np.ones((1, 9))
    assert np.abs(pictures.vjp(slopes)[0]).max() > 0


@pytest.mark.usefixtures("eager")
def test_a_graph_that_does_not_agree_is_not_taken(extractor, monkeypatch):
    def wrong(network, images):
        return lambda given: network.features_of(given) * 1.001

    monkeypatch.setattr(engine, "_graph", wrong)
    taken = chosen(extractor)
    assert (taken.name, extractor.quick) == (TORCH, None)
    assert 1e-4 < taken.difference < 1e-2
    assert said(taken.to_dict()).startswith("torch; in a sample ONNX Runtime was")


@pytest.mark.usefixtures("eager")
def test_a_network_that_cannot_be_turned_into_a_graph_stays_with_torch(extractor, monkeypatch):
    def none(network, images):
        raise RuntimeError("no such operator")

    monkeypatch.setattr(engine, "_graph", none)
    assert chosen(extractor) == Engine()
    assert extractor.quick is None


@pytest.mark.usefixtures("eager")
def test_a_network_that_depends_on_the_size_of_its_batch_is_not_taken_as_it_was_traced(extractor):
    class Counting(nn.Module):
        def forward(self, values):
            return values * (1.0 if len(values) > 2 else 2.0)  # the trace keeps what it saw for two pictures

    extractor.network.insert(0, Counting())
    assert chosen(extractor).name == TORCH


def test_for_few_pictures_nothing_is_tried(extractor, monkeypatch):
    monkeypatch.setattr(engine, "_graph", None)
    assert chosen(extractor, count=50) == Engine()
    assert chosen(extractor, count=300) == Engine()  # it would cost more than it saves


def test_without_the_extra_torch_computes(extractor, monkeypatch):
    monkeypatch.setattr(engine, "installed", lambda extra: False)
    assert chosen(extractor) == Engine()
