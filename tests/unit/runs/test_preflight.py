"""Before a build: what is counted is right, what is measured is said to be an estimate, and what cannot be is refused."""

import io
import json
import tracemalloc
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from explorer.__main__ import program
from explorer.app.components.job_progress import job_progress
from explorer.app.pages.data import build_jobs, left_out, preflight_report
from explorer.attribution import Curvature
from explorer.core import home
from explorer.core.checksums import write_manifest
from explorer.core.errors import ExplorerError, UnavailableError
from explorer.core.files import megabytes
from explorer.core.progress import silent
from explorer.datasets import open_dataset, uploads
from explorer.engine.processes import cores
from explorer.models import features
from explorer.models import head as heads
from explorer.models.custom.spec import NetworkSpec
from explorer.models.head import choose_l2, fit
from explorer.models.preparation.choice import PreparationChoice
from explorer.models.standardisation import standardisation, standardised
from explorer.runs import jobs
from explorer.runs.build import cost, preflight, preflight_store, throughput
from explorer.runs.build.builder import build
from explorer.runs.build.cost import Sizes, memory_bytes, run_bytes
from explorer.runs.build.plan import Plan
from explorer.runs.build.preflight_summary import duration, facts, lines
from explorer.runs.build.request import Config
from explorer.runs.build.sharded_cost import Crew, run_bytes_in_shards, shard_bytes
from tests.support.hostile_data import encoded, put, zipped
from tests.support.networks import NAME, network, saved
from tests.support.pages import opened

EACH = 15


def drawn(number, row):
    pixels = np.random.default_rng(100 * row + number).integers(120, size=(12, 12, 3)) + 100 * row
    return encoded(Image.fromarray(pixels.astype(np.uint8)))


PICTURES = {
    f"{label}/{number}.png": drawn(number, row) for row, label in enumerate(("cat", "dog")) for number in range(EACH)
}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A network for three classes: its own last layer is not judged, which would try other preparations in every test."""
    return saved(network(classes=3).state_dict(), tmp_path_factory.mktemp("weights") / "mine.pth")


@pytest.fixture
def asked(tmp_path, monkeypatch, path):
    """A request for thirty pictures and a network of one's own, in an empty home."""
    monkeypatch.setenv("EXPLORER_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(features, "SHARD", 4)
    home.runs().mkdir(parents=True)
    folder = put(tmp_path / "set", PICTURES | {"cat/broken.png": b"no picture"})
    return Config(str(folder), NAME, own=NetworkSpec(path, size=32))


def found(config, name="mine"):
    return preflight.preflight(config, name, silent)


def test_pictures_that_the_cache_knows_are_counted_one_by_one(asked):
    before = found(asked)
    assert before["images"] == {"train": 24, "test": 6, "known": 0, "all": 30}
    way = before["network"].pop("preparation")
    assert before["network"] == {"name": NAME, "size": 32, "features": 1024, "computed_by": "torch"}
    assert way.startswith("turned upright by EXIF; shorter side to 32 px (bicubic), middle 32 px cut out; black is 0")
    assert before["data"]["classes"] == {"cat": {"train": 12, "test": 3}, "dog": {"train": 12, "test": 3}}
    assert [one["file"] for one in before["data"]["skipped"]] == ["cat/broken.png"]
    assert not before["exists"]
    made = build(asked, "mine", silent)
    after = found(asked)
    assert (after["exists"], after["images"]["known"], after["run_id"]) == (True, 30, made.id)
    assert after["disk"]["writes"] == []
    assert set(after["seconds"]) == {"start", "data", "all"}
    some = found(Config(asked.dataset, NAME, limit=8, own=asked.own))
    assert some["images"] == {"train": 8, "test": 6, "known": 14, "all": 14}
    assert some["seconds"]["features"] == 0


def test_a_build_that_was_stopped_goes_on_after_its_finished_shards(asked):
    class Stopped(Exception):
        pass

    def stop(stage, done, total, figures={}):
        if stage == "Features of training images" and done == 12:
            raise Stopped

    with pytest.raises(Stopped):
        build(asked, "mine", stop)
    after = found(asked)
    assert after["images"]["known"] == 12
    assert after["disk"]["writes"][0]["bytes"] == (30 - 12) * 1024 * 4
    assert any("12 of all 30 are there already and cost no time" in line for line in lines(after))


def test_what_will_be_written_is_what_is_written(asked):
    told = {one["what"]: one for one in found(asked)["disk"]["writes"]}
    made = build(asked, "mine", silent)
    sizes = {file.name: file.stat().st_size for file in made.folder.iterdir() if file.name != "manifest.json"}
    assert str(made.folder) == told["the run"]["path"]
    assert told["the run"]["bytes"] == pytest.approx(sum(sizes.values()), rel=0.02)
    shards = sum(file.stat().st_size for file in home.features().rglob("*.npy") if ".sum" not in file.name)
    assert told["features of pictures"]["bytes"] == pytest.approx(shards, rel=0.05)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_bytes_of_a_run_are_those_of_its_arrays(classes):
    sizes = Sizes(40, 10, 21, classes)
    rng = np.random.default_rng(0)
    rows = np.column_stack([rng.normal(size=(40, 20)), np.ones(40)])
    curvature = Curvature(fit(rows, np.arange(40) % classes, classes, 0.1))
    kept = sum(getattr(curvature, name).nbytes for name in curvature.saved_names)
    others = 8 * (3 * 40 + 2 * 10 + (classes + 2) * 21)  # labels, rows and ids; weights, mean and deviation
    assert run_bytes(sizes) == rows.nbytes * 50 / 40 + kept + others


@pytest.mark.parametrize(("n", "width", "classes"), [(1500, 100, 2), (400, 60, 8), (500, 300, 2)])
def test_the_memory_of_the_arrays_is_estimated_to_a_factor_of_two(n, width, classes):
    rng = np.random.default_rng(0)
    raw, labels = rng.normal(size=(n, width)).astype(np.float32), np.arange(n) % classes
    tracemalloc.start()
    rows = standardised(raw, *standardisation(raw))
    choose_l2(rows, labels, classes)
    curvature = Curvature(fit(rows, labels, classes, 0.1))
    _ = [getattr(curvature, name) for name in curvature.saved_names]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 0.5 < memory_bytes(Sizes(n, 0, width + 1, classes)) / peak < 2


def test_a_disk_that_is_too_small_is_refused_before_anything_is_begun(asked, monkeypatch):
    monkeypatch.setattr(preflight.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    told = found(asked)["refusal"]
    assert told.startswith(f"The disk of {home.root()} has {megabytes(1000)} free, and the build writes about ")
    assert "free some space and check again, or set EXPLORER_HOME to a folder on another disk." in told


def test_too_little_memory_is_a_warning(asked, monkeypatch):
    monkeypatch.setattr(preflight, "available_memory", lambda: 10 * 2**20)
    told = found(asked)
    assert told["refusal"] == ""
    assert (
        f"and {megabytes(10 * 2**20)} are free; end other programs, or choose fewer training images." in told["warning"]
    )
    monkeypatch.setattr(preflight, "available_memory", lambda: None)
    assert found(asked)["warning"] == ""


def test_a_network_that_is_trained_here_is_trained_for_a_moment(asked):
    told = found(Config(asked.dataset, "small-cnn"))
    assert told["images"]["known"] == 0
    assert told["seconds"]["training"] > 0
    assert list(home.runs().iterdir()) == []


def test_the_estimate_says_that_it_is_one(asked):
    told = dict(facts(found(asked)))
    assert told["Time"].startswith("about ")
    assert told["Memory"].startswith("about ")
    assert told["Disk"].startswith("about ")
    assert told["Pictures"] == "24 for training, 6 for testing"
    assert (told["Data set"], told["Run"]) == (asked.dataset, "mine")
    assert [duration(seconds) for seconds in (0.2, 89, 95, 7000)] == [
        "about 1 s",
        "about 89 s",
        "about 2 min",
        "about 1.9 h",
    ]


def test_a_sample_ends_where_enough_was_seen(monkeypatch):
    assert not throughput._enough(throughput.LEAST - 1, throughput.ENOUGH_SECONDS + 1)
    assert throughput._enough(throughput.LEAST, throughput.ENOUGH_SECONDS + 1)
    assert throughput._enough(1, throughput.LONGEST_SECONDS + 1)


def test_a_fit_is_rehearsed_on_no_more_than_is_asked_for():
    assert cost.rehearsed(Sizes(50, 9, 20, 3)) == (50, 20)
    assert cost.rehearsed(Sizes(50_000, 9, 4097, 3)) == (2600, 1300)
    assert cost.fit_seconds(Sizes(50, 9, 20, 3)) > 0


def test_a_fit_by_blocks_is_told_from_one_slope_and_one_product(monkeypatch):
    monkeypatch.setattr(heads, "MANY", 0)
    monkeypatch.setattr(cost, "minimise", lambda *_: pytest.fail("fits all folds at once"))
    told = cost.fit_seconds(Sizes(3000, 9, 64, 40))
    monkeypatch.setattr(cost, "SLOPES", 100 * cost.SLOPES)
    monkeypatch.setattr(cost, "PRODUCTS", 100 * cost.PRODUCTS)
    assert 0 < told < cost.fit_seconds(Sizes(3000, 9, 64, 40))


@pytest.mark.parametrize("kept", [False, True], ids=["forgotten", "kept, since a run was built on it"])
def test_an_upload_that_is_refused_is_removed(asked, kept):
    path = uploads.store_data(io.BytesIO(zipped({"cat/1.png": drawn(1, 0)})), "one.zip")
    if kept:
        write_manifest(home.runs() / "0123456789abcdef/manifest.json", {"dataset": str(path)})
    with pytest.raises(ExplorerError, match=r"holds 0 folders with pictures; at least two are needed"):
        found(Config(str(path), NAME, own=asked.own))
    assert path.is_file() == kept


def test_what_was_found_is_kept_for_the_page(asked):
    told = found(asked)
    key = preflight_store.key_of(told["words"])
    assert preflight_store.load(key) == told
    preflight_store.remove(key)
    assert preflight_store.load(key) is None
    with pytest.raises(ExplorerError, match=r"There is no check '<script>'; press Check"):
        preflight_store.load("<script>")


def test_the_page_asks_for_what_the_command_checks(asked, monkeypatch):
    started = []
    monkeypatch.setattr(build_jobs.jobs, "start", lambda kind, name, words: started.append((kind, name, words)))
    key = build_jobs.start_check(asked, "mine")
    kind, name, words = started[0]
    assert (kind, name, words[0]) == ("preflight", "mine", "preflight")
    told = found(asked)
    assert key == preflight_store.key_of(told["words"]) == preflight_store.key_of(["build", *words[1:]])
    preflight_report.start_checked_build(told)
    assert started[1] == ("build", "mine", [*asked.to_argv(), "--run", "mine"])
    monkeypatch.setattr(job_progress.st, "error", started.append)
    preflight_report.start_checked_build(told | {"words": [*told["words"], "--trust-code"]})
    assert len(started) == 3
    assert "start its build from the command line" in started[2]


@pytest.mark.parametrize(
    ("check", "sentence"),
    [("<script>", "There is no check '<script>';"), ("0" * 16, "Nothing is known of this check any more.")],
)
def test_an_address_that_names_no_check_gets_one_sentence(run, check, sentence):
    app = opened("data", check=check)
    assert len(app.exception) == 0
    assert sentence in "".join(element.value for element in (*app.error, *app.info)).replace("\\", "")


def test_the_page_shows_what_was_found_and_starts_it_only_where_there_is_room(run, monkeypatch):
    told = preflight.preflight(Config("drawn", "small-cnn", limit=20), "few", silent)
    key = preflight_store.key_of(told["words"])
    app = opened("data", check=key)
    assert [error.value for error in app.error] == []
    assert not app.button(key="start").disabled
    preflight_store.save(key, told | {"refusal": "The disk is too small.", "refusal_as_read": "The disk is too small."})
    app = opened("data", check=key)
    assert app.error[0].value == "The disk is too small."
    assert app.button(key="start").disabled


@pytest.mark.parametrize(
    ("state", "stage", "done", "total", "sentence"),
    [
        (
            "cancelled",
            "Features of training images",
            1500,
            10_000,
            " Features of training images: 1,500 of 10,000 are done and kept.",
        ),
        ("failed", "Training small-cnn", 3.4, 8, " Training small-cnn: 3 of 8 epochs are done and kept."),
        ("failed", "Choosing λ", 3, 9, " It had got to: Choosing λ."),
        ("failed", "Starting", 0, 1, ""),
        ("done", "Done", 1, 1, ""),
    ],
)
def test_a_stopped_build_says_what_is_kept(state, stage, done, total, sentence, monkeypatch):
    job = jobs.Job("1", "build", "mine", state, stage, done, total, [], "", 0, 0, ["build", "--dataset", "drawn"])
    assert job_progress.saved_progress(job) == sentence
    assert job_progress.resumable(job) == bool(sentence)
    started = []
    monkeypatch.setattr(jobs, "start", lambda *given: started.append(given))
    jobs.resume(job)
    assert started == [("build", "mine", ["build", "--dataset", "drawn"])]
    old = jobs.Job("1", "build", "mine", state, stage, done, total, [], "", 0, 0)
    assert not job_progress.resumable(old)


def test_no_spreadsheet_computes_the_name_of_a_file():
    files = {"file": "=cmd|x.png", "reason": "it is empty"}, {"file": "runs", "reason": "a tool made it", "pictures": 7}
    listed = left_out.as_csv(files)
    assert listed.decode("utf-8-sig").splitlines() == [
        "file,reason,files",
        "'=cmd|x.png,it is empty,1",
        "runs,a tool made it,7",
    ]


def test_the_command_prints_what_a_build_would_take(asked):
    words = ["preflight", *asked.to_argv()[1:]]
    result = CliRunner().invoke(program, [*words, "--json"])
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["images"]["all"] == 30
    assert told["words"][:3] == ["build", "--dataset", asked.dataset]
    said = CliRunner().invoke(program, words).stdout.splitlines()
    assert "cat: 12 + 3" in said
    assert {"read as: class folders", "train: 24 pictures, " + told["data"]["splits"]["train"]["from"]} <= {*said}
    assert any(line.startswith("left out: cat/broken.png: ") for line in said)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--dataset", "/no/such"], "There is no folder '/no/such'"),
        (["--dataset", "drawn", "--limit", "1"], "The limit is 1; "),
        (["--dataset", "drawn", "--run", "../x"], "A run cannot be called '../x'"),
    ],
)
def test_the_command_says_in_one_sentence_what_is_wrong(words, sentence, run):
    result = CliRunner().invoke(program, ["preflight", *words])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.strip().splitlines()[-1].startswith(f"Error: {sentence}")


def test_what_is_read_of_a_file_is_said_before_the_build(tmp_path, alone):
    state = {f"model.{name}": value for name, value in network().state_dict().items()}
    path = saved({"state_dict": state | {"criterion.weight": torch.ones(2)}}, tmp_path / "a.pth")
    report = preflight.preflight(Config("drawn", NAME, 40, own=NetworkSpec(path, size=32)), "noted", silent)
    note = "Left aside: 1 tensor that is no part of the network (criterion.weight)."
    assert report["network"]["notes"] == [note]
    assert ("Read of its file", note) in facts(report)


def test_scans_that_a_library_would_make_white_are_told_before_the_build(tmp_path):
    scan = np.arange(64, dtype=np.uint16).reshape(8, 8)
    files = {
        f"{kind}/{n}.png": encoded(Image.fromarray(scan * 30 + n + 99 * len(kind)))
        for kind in ("cat", "bird")
        for n in range(4)
    }
    dataset = open_dataset(str(put(tmp_path, files)))
    told = []
    for way in (
        PreparationChoice(),
        PreparationChoice(base="torchvision"),
        PreparationChoice("torchvision", range="12-bit"),
    ):
        config = Config(dataset.name, "resnet18", own=NetworkSpec(preparation=way))
        told.append(preflight._clipped(Plan(config, dataset, np.arange(6), 224)))
    assert (told[0], told[2]) == ("", "")
    assert "every value above 255 white, and these pictures have values from 297 to 2,289; choose 12-bit" in told[1]


def test_a_run_in_shards_is_told_with_its_workers_and_the_bytes_of_a_shard(asked, monkeypatch):
    monkeypatch.setenv("EXPLORER_SHARDED_FROM", "10")
    report = found(replace(asked, l2=0.1))
    workers = report["workers"]
    assert workers == {"engine": "processes", "count": cores(), "here": True, "bytes": workers["bytes"]}
    sizes = Sizes(24, 6, 1025, 2)
    assert report["memory"]["all"] == report["memory"]["program"] + cores() * workers["bytes"]
    assert workers["bytes"] > shard_bytes(sizes)
    assert report["disk"]["writes"][1]["bytes"] == run_bytes_in_shards(sizes)
    assert report["seconds"]["fit"] > 0
    assert any(line.startswith(f"Workers: {cores()} worker processes, about ") for line in lines(report))


def test_a_shard_is_all_that_a_worker_holds_however_large_the_run():
    small, large = (shard_bytes(Sizes(n, 0, 513, 2)) for n in (10**6, 10**9))
    assert small == large < 2**28 < memory_bytes(Sizes(10**6, 0, 513, 2))


def test_a_scheduler_that_does_not_answer_is_said_before_a_build(monkeypatch):
    monkeypatch.setattr("explorer.engine.dask_cluster.CONNECT", 0.1)
    with pytest.raises(UnavailableError, match="No Dask scheduler answers at"):
        Crew.of("tcp://127.0.0.1:9")
