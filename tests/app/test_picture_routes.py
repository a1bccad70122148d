"""Pictures as large as a screen, what is known of them, and where an influence lies in them."""

import asyncio
import io
import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from starlette.routing import Router

from explorer.app import picture_routes
from explorer.core.errors import ExplorerError
from explorer.evaluation.saliency import LabelledPicture, blurred_whole, score_maps, score_patches
from explorer.runs import selections
from explorer.runs.edits import exchange
from explorer.runs.influence_maps import maps
from explorer.runs.influence_maps.map_worker import MapWorker
from explorer.runs.influence_maps.maps import score_layers
from explorer.runs.network_view import picture_of
from explorer.runs.thumbnails import SCREEN, shrunk

TEST, TRAIN = 3, 5
# Answers each pair with the pair, as the process of a run does with maps.
ECHO = """
from explorer.runs.influence_maps.map_worker import json, serve_pairs
serve_pairs(lambda pair: {"train": json.dumps(pair).encode()}, lambda run: None)
"""


def answered(path, method="GET", query=""):
    """Status, headers and content of the answer to a path."""
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": query.encode()}
    with ThreadPoolExecutor(1) as one:  # other tests' browser has a loop in this thread
        one.submit(asyncio.run, Router(picture_routes.ROUTES)(scope | {"root_path": ""}, None, send)).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def test_a_small_picture_comes_as_it_is_stored(run):
    status, headers, content = answered(f"/pictures/{run.id}/train/{TRAIN}")
    assert (status, headers["content-type"]) == (200, "image/png")
    assert "immutable" in headers["cache-control"]
    np.testing.assert_array_equal(Image.open(io.BytesIO(content)), picture_of(run, "train", TRAIN))


def test_a_photograph_fills_a_screen_and_no_more():
    content, kind = shrunk(Image.new("RGB", (4000, 1000)), SCREEN)
    assert (Image.open(io.BytesIO(content)).size, kind) == ((2048, 512), "image/jpeg")
    assert Image.open(io.BytesIO(shrunk(Image.new("RGB", (900, 600)), SCREEN)[0])).size == (900, 600)


def test_what_is_known_of_a_picture_is_its_label_and_what_the_model_says(run, monkeypatch):
    monkeypatch.setattr(picture_routes, "file_of", lambda run, side, row: f"{side}/{row}.png")
    index = int(run.confidently_wrong()[0])
    found = json.loads(answered(f"/facts/{run.id}/test/{index}")[2])
    label, says = run.class_names[run.test_labels[index]], run.class_names[run.predicted[index]]
    assert found["file"] == f"test/{index}.png"
    assert found["facts"][0] == ["Labelled", label]
    assert found["facts"][1][1].startswith(f"✗ {says} ")
    train = json.loads(answered(f"/facts/{run.id}/train/{TRAIN}")[2])
    assert train["file"] == f"train/{run.picture_row('train', TRAIN)}.png"
    assert exchange.file_of(run, "train", TRAIN) == "", "drawn pictures are no files"


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/pictures/{run}/left/0", "There is no side 'left'"),
        ("/facts/{run}/left/0", "There is no side 'left'"),
        ("/pictures/{run}/test/1000000", "the numbers go from 0 to 399"),
        ("/facts/nobody/test/0", "There is no run 'nobody'"),
        ("/saliency/{run}/newton/0/0/left", "There is no side 'left'"),
    ],
)
def test_what_is_not_there_gets_one_sentence(run, path, sentence):
    status, _, content = answered(path.format(run=run.id))
    assert status == 404
    assert sentence in content.decode()


@pytest.mark.parametrize(
    ("method", "sentence"), [("magic", "choose one of: newton"), ("graddot", "graddot has no such map")]
)
def test_a_score_without_a_map_is_answered_by_the_reason(run, method, sentence):
    status, headers, content = answered(f"/saliency/{run.id}/{method}/0/0/test")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert sentence in content.decode()


def test_a_choice_of_images_is_kept_under_a_key(run):
    assert json.loads(answered(f"/classes/{run.id}")[2]) == run.class_names
    key = json.loads(answered(f"/selections/{run.id}", "POST", "train=5,3&test=2")[2])
    found = selections.of_run(key, run)
    assert (found.train.tolist(), found.test.tolist()) == ([3, 5], [2])


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("train=", "No image was chosen"),
        ("train=5;3", "choose them again"),
        ("test=1000000", "the numbers go from 0 to 399"),
    ],
)
def test_a_choice_of_what_is_not_there_gets_one_sentence(run, query, sentence):
    status, _, content = answered(f"/selections/{run.id}", "POST", query)
    assert status == 404
    assert sentence in content.decode()


def test_patches_carry_the_size_of_the_score_whatever_its_sign(run, view):
    one, other = (
        LabelledPicture(picture_of(run, side, row), int(run.labels(side)[row]))
        for side, row in (("train", TRAIN), ("test", TEST))
    )
    patches = score_patches(view, run.curvature, one, other)
    slopes = score_maps(view, run.curvature, one, other)
    score = float(run.scorer("influence").row(run.test_features[TEST], other.label, 1).scores[TRAIN])
    for found, slope, case in zip(patches, slopes, (one, other), strict=True):
        assert found.shape == (8, 8)
        blurred = (slope * (np.asarray(case.picture, float) - np.asarray(blurred_whole(case.picture), float))).sum()
        np.testing.assert_allclose(found.sum(), np.sign(score) * blurred / 255, rtol=1e-4)


def test_a_layer_has_the_pictures_shape_and_covers_it_where_most(run, view):
    layers = score_layers(run, view, TEST, TRAIN)
    for side, row in (("train", TRAIN), ("test", TEST)):
        layer = Image.open(io.BytesIO(layers[side]))
        width, height = picture_of(run, side, row).size
        assert max(layer.size) == 224
        assert layer.width * height == layer.height * width
    sums = np.zeros((8, 8))
    sums[2, 5] = 1.0
    layer = np.asarray(Image.open(io.BytesIO(maps._layer(Image.new("RGB", (32, 32)), sums))))
    assert layer.shape == (224, 224, 4)
    np.testing.assert_array_equal(layer[70, 154, :3], maps.YELLOW)
    assert layer[70, 154, 3] > 0.9 * maps.OPAQUE
    assert layer[200, 20, 3] == 0


def test_the_map_of_another_class_is_another(run, view):
    own, other = (score_layers(run, view, TEST, TRAIN, name) for name in run.class_names)
    assert own["test"] != other["test"]
    with pytest.raises(ExplorerError, match="choose one of: cat, dog"):
        score_layers(run, view, TEST, TRAIN, "horse")


def test_one_process_answers_pair_after_pair_of_whichever_run():
    worker = MapWorker((sys.executable, "-c", ECHO))
    pair = {"test": 1, "train": 2, "target": None}
    assert json.loads(worker.layers("one", pair)["train"]) == {"run": "one", **pair}
    first = worker._process
    worker.prepare("two")  # has no answer, which the next question would take for its own
    assert json.loads(worker.layers("two", pair | {"test": 7})["train"]) == {"run": "two", **pair, "test": 7}
    assert worker._process is first
    worker.end()
    assert first.poll() is not None


@pytest.mark.parametrize(
    ("path", "wanted", "prepared"),
    [("/explain", "1", True), ("/", "1", True), ("/learn", "1", False), ("/explain", "0", False)],
)
def test_a_page_that_shows_pairs_is_awaited_where_things_are_computed_unasked(run, monkeypatch, path, wanted, prepared):
    told, passed_on = threading.Event(), []
    monkeypatch.setenv("EXPLORER_BACKGROUND", wanted)
    monkeypatch.setattr(picture_routes.worker, "prepare", lambda run_id: told.set() if run_id == run.id else None)

    async def app(scope, receive, send):
        passed_on.append(scope["path"])

    scope = {"type": "http", "path": path, "query_string": b"run=default&test=3"}
    with ThreadPoolExecutor(1) as one:
        one.submit(asyncio.run, picture_routes.MapsAhead(app)(scope, None, None)).result()
    assert passed_on == [path]
    assert told.wait(10 if prepared else 0.05) == prepared


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("pass", "ended; perhaps memory ran out"),
        ('import sys; sys.stdin.readline(); print(\'{"error": "It has no network."}\')', "^It has no network"),
    ],
)
def test_a_process_that_cannot_answer_is_said_to(code, sentence):
    with pytest.raises(ExplorerError, match=sentence):
        MapWorker((sys.executable, "-c", code)).layers("one", {})


def test_the_real_process_makes_the_map_that_the_route_hands_on(run, view):
    try:
        assert answered(f"/saliency/{run.id}", "POST")[0] == 204
        status, headers, content = answered(f"/saliency/{run.id}/newton/{TEST}/{TRAIN}/test", query="target=dog")
        assert (status, headers["content-type"]) == (200, "image/png")
        own = score_layers(run, view, TEST, TRAIN, "dog")["test"]
        there, here = (np.asarray(Image.open(io.BytesIO(each)), float) for each in (content, own))
        assert np.abs(there - here).mean() < 2
        assert (
            answered(f"/saliency/{run.id}/newton/{10**6}/{TRAIN}/test")[2].decode().startswith("There is no test image")
        )
    finally:
        picture_routes.worker.end()
