"""The user's tags and note on one training image."""

import streamlit as st

from explorer.app import error_messages, screen_text
from explorer.runs.edits import edit_log
from explorer.runs.edits.edit_log import Change
from explorer.runs.run import Run

TAGS_LABEL = "Your tags, with commas between them"


@st.fragment
def draw_notes(run: Run, index: int) -> None:
    """Draw the form for tags and a note; it says "Saved" only after the database has them."""
    row = run.picture_row("train", index)
    state = edit_log.state(run.data_digest)
    with st.expander("Tags and a note"), st.form(f"noting-{run.id}-{index}", border=False):
        tags = st.text_input(TAGS_LABEL, ", ".join(state.tags.get(row, ())), key=f"tags-{run.id}-{index}")
        note = st.text_input("Your note", state.notes.get(row, ""), key=f"note-{run.id}-{index}")
        if st.form_submit_button("Save"):
            with error_messages.show_errors():
                changes = edit_log.record_edits(run, note_changes(row, state, tags, note))
                st.caption(
                    f"Saved: {screen_text.counted(len(changes), 'change')}." if changes else "Nothing was changed."
                )


def note_changes(row: int, state: edit_log.State, tags: str, note: str) -> list[Change]:
    """Return the edits that give picture ``row`` these comma-separated tags and this note."""
    before, after = state.tags.get(row, ()), tuple(dict.fromkeys(tag.strip() for tag in tags.split(",") if tag.strip()))
    result = [Change("train", row, "tag", f"-{tag}") for tag in before if tag not in after]
    result += [Change("train", row, "tag", tag) for tag in after if tag not in before]
    if note.strip() != state.notes.get(row, ""):
        result.append(Change("train", row, "note", note.strip()))
    return result
