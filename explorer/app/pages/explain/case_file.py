"""The case file of an explanation: a permanent link to the view, and a self-contained HTML file to download."""

from urllib.parse import urlsplit

import streamlit as st

from explorer.app import backend, urls
from explorer.figures.case_file import APP, casefile, explain_address
from explorer.runs.edits import edit_scope
from explorer.runs.results.case_facts import case, whole_case
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run


def is_open() -> bool:
    """Return whether the address asks for the case file."""
    return urls.param("case") is not None


def case_file_links(explanation: Explanation) -> list[tuple[str, str]]:
    """Return the link that opens the case file section, or closes it; an ``st.expander`` would cost every click 25 ms."""
    if is_open():
        return [("Close the case file", urls.changed_address("explain", case=""))]
    target = "" if explanation.target == explanation.label else explanation.target
    here = urls.query_state(test=explanation.index, method=explanation.method, target=target, case="open")
    return [("Case file", urls.address("explain", **here))]


def draw_case_file(run: Run, explanation: Explanation) -> None:
    """Draw the permanent link and the download button; the file is rendered on the click."""
    st.subheader("Case file", anchor=False)
    app, owner = _app_address(), edit_scope.owner()  # the download is made where Streamlit no longer knows the browser
    made = "the trainings that were made" if explanation.whole else "a real refit made for the file"
    st.markdown("This link opens exactly this view, on the machine where the program runs:")
    st.code(app + explain_address(run, explanation), language=None, wrap_lines=True)
    st.download_button(
        "Download as one HTML file",
        data=lambda: render_case_file(run.id, explanation, app, owner),
        file_name=f"case-{run.id}-{explanation.index}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="case-file",
        help=f"Pictures, scores, edits and {made}; it needs no network and runs no script.",
    )


def render_case_file(run_id: str, found: Explanation, app: str = APP, owner: str = "") -> bytes:
    """Return the case file as UTF-8 HTML; ``app`` is the program's URL, ``owner`` the user whose edits it lists."""
    target = None if found.target == found.label else found.target
    name = urls.name_of(run_id)
    with edit_scope.as_owner(owner):
        run = backend.warm_run(run_id)
        said = whole_case(run, name, found) if found.whole else case(run, name, found.index, found.method, (), target)
        return casefile(said, app).encode()


def _app_address() -> str:
    """Return the program's URL, without path, as the browser requested it."""
    parts = urlsplit(st.context.url or APP)
    return f"{parts.scheme}://{parts.netloc}"
