"""The fields of the preparation: what is chosen becomes options, and a check's options fill the fields again."""

from streamlit.testing.v1 import AppTest

from explorer.app.pages.data import build_jobs, preflight_report
from explorer.models.custom.spec import NetworkSpec
from explorer.models.preparation.choice import PreparationChoice

CHOSEN = PreparationChoice("torchvision", "squeeze", 0.875, "lanczos", "as-stored", "black", "12-bit", 255)


def fields():
    import streamlit as st

    from explorer.app.pages.data.preparation_fields import draw_preparation

    st.session_state["choice"] = draw_preparation()


def test_what_is_chosen_becomes_a_choice_and_nothing_the_usual_one():
    app = AppTest.from_function(fields, default_timeout=60).run()
    assert app.session_state["choice"] == PreparationChoice()
    for name, one in (CHOSEN.to_dict() | {"preparation": CHOSEN.base}).items():
        if name not in ("base", "crop"):
            app.selectbox(f"build-{name}").set_value(one)
    app.number_input("build-crop").set_value(0.875)
    app.run()
    assert app.session_state["choice"] == CHOSEN
    config = build_jobs.parse_request("drawn", "resnet18", None, 0, own={"preparation": CHOSEN})
    assert config.own.preparation == CHOSEN


def test_the_options_of_a_check_fill_the_form_again(monkeypatch):
    words = ["build", "--dataset", "drawn", *CHOSEN.to_argv(), "--size", "64"]
    monkeypatch.setattr(preflight_report.urls, "param", lambda name: "0" * 16)
    monkeypatch.setattr(preflight_report, "_cached_report", lambda key, changed: {"words": words})
    monkeypatch.setattr(preflight_report, "_job", lambda key: None)
    given = CHOSEN.to_dict() | {"preparation": CHOSEN.base, "dataset": "drawn", "size": 64}
    del given["base"]
    assert preflight_report.checked_request() == given
    assert isinstance(given["crop"], float)


def test_classes_and_set_of_weights_come_back_from_a_check(monkeypatch):
    own = NetworkSpec("/a.pth", weights_set="model", classes="dog,cat")
    monkeypatch.setattr(preflight_report.urls, "param", lambda name: "0" * 16)
    monkeypatch.setattr(preflight_report, "_cached_report", lambda key, changed: {"words": ["build", *own.to_argv()]})
    monkeypatch.setattr(preflight_report, "_job", lambda key: None)
    given = preflight_report.checked_request()
    assert given == {"checkpoint": "/a.pth", "weights-set": "model", "classes": "dog,cat"}
    config = build_jobs.parse_request(
        "drawn", "resnet18", None, 0, own={"checkpoint": "/a.pth", "weights_set": "model", "classes": "dog,cat"}
    )
    assert config.own == own
    assert config.hashed()["classes"] == "dog,cat"
