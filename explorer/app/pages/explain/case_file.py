"""The case file of an explanation: a link that restores the view, and one HTML file to keep or to send."""

from urllib.parse import urlsplit

import streamlit as st

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import Block, doors
from explorer.figures.case_file import APP, casefile, explain_address
from explorer.runs.edits import edit_scope
from explorer.runs.results.case_facts import case
from explorer.runs.results.explanation import Explanation
from explorer.runs.run import Run


def case_door(found: Explanation) -> Block:
    """Return the link that opens the case file's place; a switch of Streamlit's own would cost every click 25 ms."""
    target = "" if found.target == found.label else found.target
    here = urls.query_state(test=found.index, method=found.method, target=target, case="open")
    return doors(("Case file: keep this explanation, or send it", urls.address("explain", **here)))


def case_file(run: Run, found: Explanation) -> None:
    """Draw the link and the button where the address asks for them; nothing is computed before it is pressed."""
    if urls.param("case") is None:
        return
    st.subheader("Case file", anchor=False)
    app, owner = _app(), edit_scope.owner()  # the download is made where Streamlit no longer knows the browser
    st.markdown("This link opens exactly this view, on the machine where the program runs:")
    st.code(app + explain_address(run, found), language=None, wrap_lines=True)
    st.download_button(
        "Download as one HTML file",
        data=lambda: written(run.id, found, app, owner),
        file_name=f"case-{run.id}-{found.index}.html",
        mime="text/html",
        icon=":material/download:",
        on_click="ignore",
        key="case-file",
        help="Pictures, scores, edits and a real refit made for the file; it needs no network and runs no script.",
    )


def written(run_id: str, found: Explanation, app: str = APP, owner: str = "") -> bytes:
    """Return the case file of an explanation; ``app`` is where the program listens, ``owner`` whose edits stand in it."""
    target = None if found.target == found.label else found.target
    name = urls.name_of(run_id)
    with edit_scope.as_owner(owner):
        return casefile(case(backend.warm_run(run_id), name, found.index, found.method, (), target), app).encode()


def _app() -> str:
    """Return where the program listens, as the browser called it."""
    found = urlsplit(st.context.url or APP)
    return f"{found.scheme}://{found.netloc}"
