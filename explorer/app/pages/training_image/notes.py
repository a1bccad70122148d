"""Tags and a note on one training image, in a person's own words."""

import streamlit as st

from explorer.app import error_messages, screen_text
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from explorer.runs.run import Run

LABEL = "Your tags, with commas between them"


@st.fragment
def noted(run: Run, index: int) -> None:
    """Draw the tags and the note of a training image; what is written stands in the database before it says saved."""
    row = run.picture_row("train", index)
    state = edit_log.state(run.data_digest)
    with st.expander("Tags and a note"), st.form(f"noting-{run.id}-{index}", border=False):
        tags = st.text_input(LABEL, ", ".join(state.tags.get(row, ())), key=f"tags-{run.id}-{index}")
        note = st.text_input("Your note", state.notes.get(row, ""), key=f"note-{run.id}-{index}")
        if st.form_submit_button("Save"):
            with error_messages.show_errors():
                written = edit_log.record_edits(run, changes(row, state, tags, note))
                st.caption(
                    f"Saved: {screen_text.counted(len(written), 'change')}." if written else "Nothing was changed."
                )


def changes(row: int, state: edit_log.State, tags: str, note: str) -> list[Change]:
    """Return what has to be written so that a picture has these tags, given with commas, and this note."""
    before, after = state.tags.get(row, ()), tuple(dict.fromkeys(tag.strip() for tag in tags.split(",") if tag.strip()))
    found = [Change("train", row, "tag", f"-{tag}") for tag in before if tag not in after]
    found += [Change("train", row, "tag", tag) for tag in after if tag not in before]
    if note.strip() != state.notes.get(row, ""):
        found.append(Change("train", row, "note", note.strip()))
    return found
