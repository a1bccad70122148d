"""Label noise planted on purpose: exact counts, the truth kept, refusals, and runs that remember it."""

from dataclasses import replace

import numpy as np
import pytest

from explorer.app.pages.data import build_jobs
from explorer.core import home
from explorer.core.checksums import canonical, digest
from explorer.core.errors import DamagedError, ExplorerError
from explorer.core.progress import silent
from explorer.datasets import open_dataset
from explorer.datasets.corruption.noise import Noise
from explorer.runs import store
from explorer.runs.build.plan import plan
from explorer.runs.build.request import Config
from tests.support.tiny_dataset import dataset

CANNOT_BE_READ = (
    r"cannot be read; write 'cat>dog:0\.4' \(several with commas between them\), or '0\.1' for a share of all"
)


def moved(found, before):
    """How many labels went from which class to which."""
    pairs = np.zeros((len(found.class_names),) * 2, dtype=int)
    np.add.at(pairs, (before.train.labels, found.train.labels), 1)
    return pairs.tolist()


PLANS = {
    "cat>dog:0.4": [[30, 20, 0], [0, 30, 0], [0, 0, 20]],
    "cat>dog:0.2,dog>cat:0.1": [[40, 10, 0], [3, 27, 0], [0, 0, 20]],
    " cat > fox : 0.5 , cat > dog : 0.3 ": [[10, 15, 25], [0, 30, 0], [0, 0, 20]],
    "fox>cat:0.07": [[50, 0, 0], [0, 30, 0], [1, 0, 19]],
    "fox>cat:0": [[50, 0, 0], [0, 30, 0], [0, 0, 20]],
}


@pytest.mark.parametrize("text", PLANS)
def test_a_share_of_one_class_becomes_another(text):
    before = dataset()
    assert moved(Noise(text).apply(before), before) == PLANS[text]


@pytest.mark.parametrize("text", ["0.1", "*:0.1", " * : 0.1"])
def test_a_share_of_all_labels_moves_to_any_other_class(text):
    before = dataset((500, 300, 200))
    pairs = np.array(moved(Noise(text).apply(before), before))
    assert pairs.sum() - np.trace(pairs) == 100
    assert (pairs > 0).all()


def test_the_other_classes_are_equally_likely():
    before = dataset((3000, 3000, 3000))
    pairs = np.array(moved(Noise("0.5").apply(before), before))
    # 750 expected each; the deviation of such a count is about 27, and the seed is fixed
    np.testing.assert_allclose(pairs[~np.eye(3, dtype=bool)], 750, atol=110)


def test_the_seed_decides_which_labels():
    before = dataset()
    first, again, other = (Noise("cat>dog:0.4", seed).apply(before).train.labels for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_a_larger_share_changes_the_same_labels_and_more():
    before = dataset()
    fewer, more = (Noise(f"cat>dog:{rate}").apply(before).train.labels != before.train.labels for rate in (0.2, 0.4))
    assert (fewer & ~more).sum() == 0


def test_the_labels_before_are_the_truth_and_the_pictures_stay():
    before = dataset()
    labels = before.train.labels.copy()
    found = Noise("cat>dog:0.4").apply(before)
    np.testing.assert_array_equal(found.train.truth, labels)
    np.testing.assert_array_equal(before.train.labels, labels)
    assert found.train.ids == before.train.ids
    assert found.test is before.test
    assert found.digest != before.digest


def test_a_truth_that_is_known_already_stays():
    truth = np.zeros(100, dtype=np.int64)
    np.testing.assert_array_equal(Noise("cat>dog:0.4").apply(dataset(truth=truth)).train.truth, truth)


def test_the_screen_is_told():
    found = Noise("cat>dog:0.4,fox>dog:0.125", 7).apply(dataset())
    assert found.title == "Pets, 22 labels changed on purpose"
    assert found.notice == (
        "Said before. 22 of 100 training labels were changed on purpose: 20 from cat to dog (40 %), 2 from fox to dog (12.5 %)."
    )
    assert found.facts == {"from": "here", "planted label noise": "cat>dog:0.4,fox>dog:0.125, seed 7"}
    assert Noise("0.1").apply(dataset()).notice.endswith("on purpose: 10 to another class at random (10 %).")


@pytest.mark.parametrize("text", ["", "  "])
def test_no_plan_plants_nothing(text):
    before = dataset()
    assert Noise(text, 3).apply(before) is before


REFUSED = {
    "cat>wolf:0.1": r"^There is no class 'wolf'; choose one of: cat, dog, fox\.$",
    "wolf>cat:0.1": r"^There is no class 'wolf'; choose one of: cat, dog, fox\.$",
    "cat>dog:1.2": r"^The noise 'cat>dog:1\.2' has the share 1\.2; it must be between 0 and 1\.$",
    "cat>dog:-0.1": r"the share -0\.1; it must be between 0 and 1\.$",
    "cat>dog:nan": r"the share nan; it must be between 0 and 1\.$",
    "cat>dog": CANNOT_BE_READ,
    "cat:0.1": CANNOT_BE_READ,
    "cat>:0.1": CANNOT_BE_READ,
    ">dog:0.1": CANNOT_BE_READ,
    "cat>dog:many": CANNOT_BE_READ,
    "cat>dog:0.1,": CANNOT_BE_READ,
    "cat>cat:0.1": r"^The noise 'cat>cat:0\.1' leaves every label as it is; name two different classes\.$",
    "cat>dog:1": r"^The noise leaves no training image labelled cat; give a smaller share\.$",
    "cat>dog:0.6,cat>fox:0.6": r"changes more labels than there are; give smaller shares\.$",
}


@pytest.mark.parametrize("text", REFUSED)
def test_noise_that_cannot_be_planted_is_refused_in_a_sentence(text):
    with pytest.raises(ExplorerError, match=REFUSED[text]):
        Noise(text).apply(dataset())


def test_a_negative_seed_is_refused():
    with pytest.raises(ExplorerError, match=r"^The seed of the noise is -1; it must be 0 or more\.$"):
        Noise("0.1", -1).apply(dataset())


# Requests and runs


@pytest.mark.parametrize("noise_seed", [0, 4])
def test_a_request_without_noise_is_hashed_as_before_there_was_any(noise_seed):
    planned = plan(Config("drawn", limit=60, noise_seed=noise_seed), open_dataset("drawn"))
    asked = {"dataset": planned.dataset.digest, "backbone": "mobilenet_v2", "limit": 60, "seed": 0, "l2": None}
    content = {"format": 1, "asked": asked, "features": planned.recipe(), "edits": []}
    assert planned.run_id() == digest(canonical(content))[:16]


def test_noise_and_its_seed_make_another_run():
    drawn = open_dataset("drawn")
    requests = [Config("drawn"), *(Config("drawn", noise="cat>dog:0.1", noise_seed=seed) for seed in (0, 1))]
    assert len({plan(request, request.planted().apply(drawn)).run_id() for request in requests}) == 3


@pytest.mark.parametrize(("limit", "more"), [(60, " This run has 60 of these 800 images."), (None, "")])
def test_a_run_of_fewer_images_says_how_many_of_those_it_has(limit, more):
    request = Config("drawn", limit=limit, noise="cat>dog:0.1")
    noisy = request.planted().apply(open_dataset("drawn"))
    assert plan(request, noisy).notice == noisy.notice + more


NAMES = {
    ("cat>dog:0.4", 0): "drawn-mobilenet_v2-noise-cat-dog-0.4",
    ("*:0.1", 2): "drawn-mobilenet_v2-noise-0.1-seed2",
    ("cat>dog:0.2, dog>cat:0.10", 0): "drawn-mobilenet_v2-noise-cat-dog-0.2-dog-cat-0.1",
    ("", 2): "drawn-mobilenet_v2",
}


@pytest.mark.parametrize("asked", NAMES)
def test_the_name_of_a_run_says_what_was_planted(asked):
    assert Config("drawn", noise=asked[0], noise_seed=asked[1]).name() == NAMES[asked]


def test_long_names_of_different_requests_differ():
    names = {
        Config("cats-vs-dogs-aggregate", noise="cat>dog:0.2,dog>cat:0.1", noise_seed=seed).name() for seed in range(3)
    }
    assert [len(name) for name in names] == [64, 64, 64]
    assert {store.check_name(name) for name in names} == names


@pytest.fixture(scope="module")
def extracted():
    """The shards of features that were computed since the first run with noise was asked for."""
    return []


@pytest.fixture(scope="module")
def noisy(tmp_path_factory, extracted):
    """A run with planted noise in a home of its own, which shares the drawn pictures and their features."""
    from explorer.models import features
    from explorer.models.backbones import extract_features
    from explorer.runs.build.builder import build

    folder = tmp_path_factory.mktemp("home")
    for shared in (home.data(), home.weights()):
        (folder / shared.name).symlink_to(shared)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXPLORER_HOME", str(folder))
        patch.setattr(features, "extract_features", lambda *shard: extracted.append(shard) or extract_features(*shard))
        return build(Config("drawn", l2=0.1, noise="cat>dog:0.3", noise_seed=5), "noisy", silent)


def test_a_run_remembers_its_noise_and_opens_the_same_data_again(noisy, monkeypatch):
    monkeypatch.setenv("EXPLORER_HOME", str(noisy.folder.parents[1]))
    again = store.open_run("noisy")
    assert (again.manifest.noise, again.manifest.noise_seed) == ("cat>dog:0.3", 5)
    assert again.dataset.digest == again.data_digest
    assert "labels changed on purpose" in again.manifest.title
    np.testing.assert_array_equal(again.dataset.train.labels[again.arrays["train_rows"]], again.train_labels)


def test_planting_noise_computes_no_features_again(noisy, extracted):
    assert extracted == []


def test_a_run_whose_noise_was_changed_is_refused(noisy):
    other = replace(noisy, manifest=replace(noisy.manifest, noise_seed=6))
    with pytest.raises(DamagedError, match=r"no longer those that the run was built on"):
        _ = other.dataset


def test_a_run_knows_the_truth_of_its_own_rows(noisy):
    drawn = open_dataset("drawn").train
    np.testing.assert_array_equal(noisy.truth, drawn.truth[noisy.arrays["train_rows"]])
    assert noisy.truth.dtype == np.int64


def test_a_run_does_not_know_a_truth_that_nobody_knows(run):
    stranger = replace(run)
    stranger.__dict__["dataset"] = replace(run.dataset, train=replace(run.dataset.train, truth=None))
    assert stranger.truth is None


# The page


@pytest.fixture
def started(monkeypatch):
    """What a page starts instead of a process."""
    found = []
    monkeypatch.setattr(build_jobs.jobs, "start", lambda kind, name, words: found.append((name, " ".join(words))))
    return found


def test_the_page_passes_noise_to_the_build(started):
    build_jobs.start_build(
        config := build_jobs.parse_request("drawn", "small-cnn", 0, 0, " cat>dog:0.4 ", 3), config.name()
    )
    words = "build --dataset drawn --backbone small-cnn --seed 0 --noise cat>dog:0.4 --noise-seed 3"
    name = "drawn-small-cnn-noise-cat-dog-0.4-seed3"
    assert started == [(name, f"{words} --run {name}")]


def test_a_seed_without_noise_asks_for_no_other_run(started):
    build_jobs.start_build(config := build_jobs.parse_request("drawn", "small-cnn", 0, 0, "", 3), config.name())
    assert started == [("drawn-small-cnn", "build --dataset drawn --backbone small-cnn --seed 0 --run drawn-small-cnn")]
    with pytest.raises(ExplorerError, match=r"^The default run is there already"):
        build_jobs.start_build(
            config := build_jobs.parse_request("cats-vs-dogs", "mobilenet_v2", 0, 0, " ", 3), config.name()
        )


def test_the_page_refuses_noise_that_cannot_be_read_before_it_starts_anything(started):
    with pytest.raises(ExplorerError, match=CANNOT_BE_READ):
        build_jobs.start_build(
            config := build_jobs.parse_request("drawn", "small-cnn", 0, 0, "cat to dog", 3), config.name()
        )
    assert started == []


def test_the_page_shows_what_was_planted(noisy):
    assert build_jobs.run_facts(noisy)["Planted label noise"] == "cat>dog:0.3, seed 5"


# The command line


def test_the_command_refuses_noise_that_cannot_be_planted(explorer):
    done = explorer("build", "--dataset", "drawn", "--noise", "cat>fox:0.1", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().splitlines()[-1] == "Error: There is no class 'fox'; choose one of: cat, dog."
