"""The case file in a real browser: offline, in both themes, without a request."""

from explorer.figures.case_file import casefile
from explorer.runs.results import case_facts


def test_the_file_opens_offline_in_both_themes_without_a_request(browser, run, tmp_path, monkeypatch):
    # No edits, whatever another test left in the database.
    monkeypatch.setattr(case_facts, "live", lambda digest: [])
    monkeypatch.setattr(case_facts, "edits_effect", lambda run, index: None)
    found = case_facts.case(run, "default", int(run.confidently_wrong()[0]))
    (tmp_path / "case.html").write_text(casefile(found), encoding="utf-8")
    wrong, ground = [], {}
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport={"width": 800, "height": 900}, color_scheme=scheme, offline=True)
        page = context.new_page()
        page.on(
            "request", lambda request: wrong.append(request.url) if request.url[:5] not in ("file:", "data:") else None
        )
        page.on("console", lambda message: wrong.append(message.text))
        page.goto(f"file://{tmp_path}/case.html")
        assert page.evaluate("[...document.images].every((image) => image.complete && image.naturalWidth > 0)")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        ground[scheme] = page.evaluate("getComputedStyle(document.body).backgroundColor")
        context.close()
    assert wrong == []
    assert ground == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 26)"}
