"""What was left out of the data is a small remark that can be hidden, and no banner."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from explorer.app.components.page_head import remarks

LEFT = "2 files cannot be used and were left out."
FOLDERS = "Left out, because they lie beside the folders of the split: a.b (1 picture), wild (1,180 pictures)."
COPIES = "3 of 9 test pictures are exact copies of training pictures, so accuracy looks better than it is."


def of(run, notice):
    return SimpleNamespace(id="1" * 16, manifest=replace(run.manifest, notice=notice))


@pytest.mark.parametrize(
    ("notice", "banner", "small"),
    [
        ("", "", []),
        ("1 file cannot be used and was left out.", "", ["1 file cannot be used and was left out."]),
        (f"{LEFT} {FOLDERS} {COPIES}", COPIES, [LEFT, FOLDERS]),
        (f"{COPIES}", COPIES, []),
    ],
)
def test_what_was_left_out_is_no_banner(run, monkeypatch, notice, banner, small):
    monkeypatch.setattr(remarks.urls, "run_name", lambda: "pets")
    shown = remarks.remarks(of(run, notice))
    assert remarks.notice_without_remarks(of(run, notice)) == banner
    assert [remark["text"] for remark in shown] == small
    assert {remark["href"] for remark in shown} <= {"/data?run=pets&left=out"}
    assert len({remark["key"] for remark in shown}) == len(small)
