"""The check shows how data were understood; what is doubtful waits for a person's yes, and the yes goes to the build."""

import io
import json
from pathlib import Path

import pytest

from explorer.app import check_routes
from explorer.app.pages.data import (
    build_jobs,
    class_list,
    doubts,
    form,
    left_out,
    page_words,
    preflight_report,
    reading_choices,
)
from explorer.core.errors import ExplorerError
from explorer.core.progress import silent
from explorer.datasets import open_dataset, uploads
from explorer.datasets.choices import Offer, UnclearError
from explorer.runs import jobs
from explorer.runs.build import preflight_store, preflight_summary, sample_pictures
from explorer.runs.build.preflight import preflight
from explorer.runs.build.request import Config
from tests.support.hostile_data import put
from tests.support.layouts import picture, pictures, table
from tests.support.pages import opened


@pytest.fixture(scope="module")
def doubtful(alone):
    """The report of a check of a folder whose classes are called like sides, with a folder of a tool and a broken file."""
    files = pictures("{kind}/{n}.png", 5, ("Testing", "dog")) | pictures("runs/{n}.png", 2, ("x",))
    folder = put(alone / "pets", files | {"dog/broken.png": b"no picture"})
    found = preflight(Config(str(folder), "small-cnn", device="cpu"), "pets", silent)
    return found, preflight_store.key_of(found["words"])


def blocks(app):
    given = [json.loads(element.proto.json).get("blocks", []) for element in app.get("bidi_component")]
    whole = [block for each in given for block in each]
    return whole + [
        block
        for each in whole
        for column in each.get("columns", [])
        if isinstance(column, dict)
        for block in column["blocks"]
    ]


def test_the_page_says_how_the_data_were_understood(doubtful, run):
    found, key = doubtful
    shown = blocks(opened("data", check=key))
    tables = {block["label"]: block["rows"] for block in shown if block["kind"] == "table"}
    understood = dict(map(tuple, tables["How the data were understood"]))
    assert understood["Read as"] == found["data"]["layout"]
    assert understood["For training and testing"].startswith("8 and 2 pictures, made here: one in five")
    assert "What else was found" not in tables  # the split and the skipped file are said already
    classes = next(block["rows"] for block in shown if block["kind"] == "classes")
    assert [(row["name"], row["words"], len(row["pictures"])) for row in classes] == [
        ("Testing", ["4", "1"], 3),
        ("dog", ["4", "1"], 3),
    ]
    gone = {row[0]: row[2] for row in tables["Files that are left out"]}
    assert gone == {"runs": "2", "dog/broken.png": "1"}


def test_start_waits_for_a_yes_that_goes_to_the_build(doubtful, run, monkeypatch):
    found, key = doubtful
    started = []
    app = opened("data", check=key)
    said = app.warning[0].value.replace("\\", "")
    assert all(sentence in said for sentence in found["data"]["warnings"])
    assert "'Testing' is named like a side of the data" in said
    assert app.button(key="start").disabled
    assert any(part.value == doubts.WAITS for part in app.caption)
    assert [error.value for error in app.error] == []
    app.checkbox(key=f"as-read-{key}").check().run()
    assert not app.button(key="start").disabled
    assert not any(part.value == doubts.WAITS for part in app.caption)
    monkeypatch.setattr(jobs, "start", lambda *given: started.append(given))
    app.button(key="start").click().run()
    assert started == [("build", "pets", [*found["words"], "--as-read"])]


def test_a_yes_does_not_make_room_on_a_disk(doubtful, run):
    found, key = doubtful
    preflight_store.save(key, found | {"refusal_as_read": "The disk is too small."})
    app = opened("data", check=key)
    app.checkbox(key=f"as-read-{key}").check().run()
    assert app.error[0].value == "The disk is too small."
    assert app.button(key="start").disabled
    preflight_store.save(key, found)


def test_a_reading_that_was_confirmed_by_the_command_is_not_asked_again(doubtful):
    found, _ = doubtful
    assert preflight_summary.doubts(found) == found["data"]["warnings"] != []
    again = found | {"words": [*found["words"], "--as-read"]}
    assert preflight_summary.doubts(again) == []
    assert preflight_summary.confirmed(again) == again["words"]
    clear = found | {"data": found["data"] | {"warnings": []}}
    assert preflight_summary.confirmed(clear) == found["words"]


def test_a_check_of_an_earlier_version_is_shown_as_it_was(doubtful, run):
    found, key = doubtful
    new = ("layout", "splits", "left_out", "warnings")
    old = found | {"data": {name: value for name, value in found["data"].items() if name not in new}, "refusal": ""}
    del old["refusal_as_read"]
    preflight_store.save(key, old)
    app = opened("data", check=key)
    assert (len(app.exception), app.button(key="start").disabled) == (0, False)
    assert [one["file"] for one in left_out.of_report(old)] == ["dog/broken.png"]
    preflight_store.save(key, found)


def test_the_terminal_says_the_same(doubtful):
    said = preflight_summary.lines(doubtful[0])
    (gone,) = (one for one in doubtful[0]["data"]["left_out"] if one["file"] == "runs")
    assert f"left out: runs (2 pictures): {gone['reason']}" in said
    assert any(line.startswith("doubtful: The class 'Testing' is named like a side") for line in said)


def test_a_choice_how_data_are_read_goes_to_the_check_and_comes_back(alone, run, monkeypatch):
    config = build_jobs.parse_request(" birds.csv ", "small-cnn", None, 0, read="label=species & test=3")
    assert config.dataset == "birds.csv?label=species&test=3"
    with pytest.raises(ExplorerError, match="'wings=2' is no choice of how data are read"):
        build_jobs.parse_request("birds.csv", "small-cnn", None, 0, read="wings=2")
    monkeypatch.setattr(preflight_report, "checked_request", lambda: {"dataset": config.dataset, "limit": 7})
    app = opened("data")
    values = [app.text_input(key=key).value for key in (form.DATA.field, "build-read")]
    assert (*values, app.number_input(key="build-limit").value) == ("birds.csv", "label=species&test=3", 7)


def test_an_upload_is_called_by_its_name_with_the_choice(alone):
    stored = str(uploads.store_data(io.BytesIO(b"path,species\n"), "birds.csv", str(alone)))
    assert uploads.public_name(f"{stored}?label=species") == "birds.csv?label=species"
    assert uploads.public_name("/data/birds.csv?label=species") == "/data/birds.csv?label=species"
    uploads.remove_upload(stored)


class Asked:
    """A request for a picture."""

    def __init__(self, key, label, place):
        self.path_params = {"key": key, "label": label, "place": place}


def test_the_pictures_of_a_check_have_addresses(doubtful):
    key = doubtful[1]
    answer = check_routes.sample(Asked(key, 1, 2))
    assert (answer.status_code, answer.media_type, answer.body[1:4]) == (200, "image/png", b"PNG")
    for wrong in ((key, 2, 0), (key, 0, 3), ("0" * 16, 0, 0), ("../x", 0, 0)):
        assert check_routes.sample(Asked(*wrong)).status_code == 404


def test_of_many_or_slow_pictures_the_rest_has_none(doubtful, monkeypatch):
    from explorer.datasets import open_dataset

    found = open_dataset(doubtful[0]["data"]["dataset"])
    monkeypatch.setattr(sample_pictures, "CLASSES", 1)
    sample_pictures.save_samples("1" * 16, found)
    assert [len(each) for each in sample_pictures.load_samples("1" * 16)] == [3]
    monkeypatch.setattr(sample_pictures, "SECONDS", -1)
    sample_pictures.save_samples("1" * 16, found)
    assert sample_pictures.load_samples("1" * 16) == [[]]
    assert sample_pictures.load_samples("2" * 16) == []


def test_a_build_with_the_yes_is_the_same_request(alone, run, monkeypatch):
    config = Config("drawn", "small-cnn", limit=12)
    words = [*Config("drawn", "small-cnn", limit=12, as_read=True).to_argv(), "--run", "few"]
    job = jobs.Job("1", "build", "few", "running", "", 0, 1, [], "", 0, 0, words)
    monkeypatch.setattr(build_jobs.jobs, "jobs", lambda: [job])
    assert build_jobs._means("few", config)
    assert not build_jobs._means("few", Config("drawn", "small-cnn", limit=13))
    assert class_list.COLUMNS[0] == "Class"


OFFERS = [
    Offer("label", {"species": "3 values: a, b, c", "family": "2 values: x, y"}, "species").to_dict(),
    Offer("split", {"fold": "2 values: 0, 1"}, "", {"fold": ["0", "1"]}).to_dict(),
]


def boxes(app, title):
    """The select box of a choice, which is there once."""
    (found,) = (box for box in app.selectbox if box.label == title)
    return found


def test_columns_are_offered_by_name_and_checked_as_chosen(doubtful, run, monkeypatch):
    found, key = doubtful
    data = found["data"] | {"choices": OFFERS}
    preflight_store.save(key, found | {"data": data})
    checked = []
    monkeypatch.setattr(build_jobs, "start_check", lambda config, name: checked.append(config.dataset) or key)
    app = opened("data", check=key)
    assert boxes(app, "Labels").options == [
        "as found: species",
        "species (3 values: a, b, c)",
        "family (2 values: x, y)",
    ]
    assert app.button(key=f"read-so-{key}").disabled
    assert all(box.label != reading_choices.TEST for box in app.selectbox)
    boxes(app, "Labels").select("family").run()
    boxes(app, "Training or testing").select("fold").run()
    boxes(app, reading_choices.TEST).select("1").run()
    app.button(key=f"read-so-{key}").click().run()
    assert checked == [f"{found['data']['dataset']}?label=family&split=fold&test=1"]
    assert app.text_input(key="build-read").value == "label=family&split=fold&test=1"
    preflight_store.save(key, found)


def test_a_choice_that_was_made_can_be_taken_back(doubtful, run, monkeypatch):
    found, key = doubtful
    chosen = found["data"] | {"choices": [], "dataset": f"{found['data']['dataset']}?label=family"}
    preflight_store.save(key, found | {"data": chosen})
    checked = []
    monkeypatch.setattr(build_jobs, "start_check", lambda config, name: checked.append(config.dataset) or key)
    app = opened("data", check=key)
    assert boxes(app, "Labels").value == "family"
    boxes(app, "Labels").select("").run()
    app.button(key=f"read-so-{key}").click().run()
    assert checked == [found["data"]["dataset"]]
    preflight_store.save(key, found)


def test_data_that_need_a_choice_offer_it_below_the_refusal(alone, run, monkeypatch):
    rows = [(f"{n}.png", "ab"[n % 2], "xy"[n // 4]) for n in range(8)]
    files = {row[0]: picture(row[0]) for row in rows} | {"birds.csv": table(("q17", "q18", "q19"), rows)}
    path = put(alone / "unclear", files) / "birds.csv"
    config = Config(str(path), "small-cnn", device="cpu")
    with pytest.raises(UnclearError):
        preflight(config, "birds", silent)
    words = [*config.to_argv(), "--run", "birds"]
    failed = jobs.Job("7", "preflight", "birds", "failed", "", 0, 1, [], "", 0, 0, ["preflight", *words[1:]])
    monkeypatch.setattr(jobs, "jobs", lambda: [failed])
    app = opened("data", check=preflight_store.key_of(words))
    assert boxes(app, "Labels").options == [
        "not chosen",
        "q18 (2 values: a, b)",
        "q19 (2 values: x, y)",
    ]
    assert boxes(app, "Pictures").options[:2] == [
        "as found: q17",
        "q17 (8 values: 0.png, 1.png, 2.png and 5 more)",
    ]
    assert open_dataset(f"{path}?path=q17&label=q18").class_names == ("a", "b")


def test_an_upload_that_needs_a_choice_is_kept_for_it(alone):
    stored = str(uploads.store_data(io.BytesIO(b"q17,q18\nx.png,a\n"), "birds.csv", str(alone)))
    with pytest.raises(UnclearError):
        preflight(Config(stored, "small-cnn", device="cpu"), "birds", silent)
    assert uploads.given_name(Path(stored)) == "birds.csv"
    uploads.remove_upload(stored)


def test_a_page_names_fields_where_a_terminal_names_options():
    assert (
        page_words.on_page("white is 4,095; --range changes that") == "white is 4,095; “More than 8 bits” changes that"
    )
    assert page_words.on_page("choose it by --read split=fold --read test=3") == "choose it by split=fold test=3"
    assert page_words.on_page("--weights-set ema, in 0.5 s") == "“Set of weights” ema, in 0.5\u00a0s"
    assert page_words.on_page("--read-only or --sizes") == "--read-only or --sizes"


def test_a_network_that_does_badly_is_said_to_be_doubtful(doubtful, run):
    found, key = doubtful
    told = ["10 other preparations were tried on 8 training pictures; none is better (the best, --size 64: 50.0 %)."]
    preflight_store.save(key, found | {"own_layer": {"right": 0.5, "pictures": 8, "told": told}})
    said = [warning.value.replace("\\", "") for warning in opened("data", check=key).warning]
    words = (
        "This network is doubtful: its own last layer is hardly better than guessing. 10 other preparations were tried"
    )
    assert [each.startswith(words) and "“Picture size in px” 64" in each for each in said] == [False, True]
    assert preflight_summary.network_doubt(found) == ""
    fair = {"right": 0.85, "pictures": 8, "told": told, "better": False}
    assert preflight_summary.network_doubt(found | {"own_layer": fair}) == ""
    assert told[0] in dict(preflight_summary.facts(found | {"own_layer": fair}))["Its own last layer"]
    assert "as it is prepared here" in preflight_summary.network_doubt(found | {"own_layer": fair | {"better": True}})
    preflight_store.save(key, found)
