"""A picture of a person's own on Explain: in this browser tab's session alone, unless they ask to keep it."""

from dataclasses import dataclass

import streamlit as st

from explorer.app import backend, error_messages, screen_text, urls
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, menus, small, text
from explorer.app.components.current_case.current_case import current_method, current_test
from explorer.app.components.explanation_sections.explanation_sections import TOP, cuts, likeliest, side_sections
from explorer.app.components.file_drop.file_drop import release
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.histogram.histogram import bars
from explorer.app.components.methods.methods import method_menu, score_meaning, score_unit
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.explain import saved_pictures
from explorer.app.pages.explain.saved_pictures import OWN
from explorer.core.errors import ExplorerError
from explorer.figures.score_histogram import histogram
from explorer.runs.own_pictures import external_image, picture_store, picture_worker
from explorer.runs.own_pictures.external_image import ExternalImage
from explorer.runs.results.explanation import Attribution
from explorer.runs.run import Run

# In the session: the picture, why the last one was refused, which kept one was tried, and how many were dropped; a new
# number empties the field.
HELD, REFUSED, TRIED, TURN = "visitor", "visitor-refused", "visitor-tried", "visitor-turn"
# What the address says where no picture of one's own is meant.
TEST = "test"
NAMES = {"train": "training image", "test": "test image"}
# As many classes as a sentence names.
NAMED = 6
KINDS = "JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF."
QUESTION = "A picture of your own, the training images that helped, and those that misled."
FORGOTTEN = "It is not stored unless you keep it: it stays in memory for this tab alone, and a reload forgets it."


@dataclass(frozen=True, eq=False)
class Held:
    """What a session keeps of its picture.

    Attributes:
        name: what it is, or would be, called when it is kept.
        content: the file's bytes, for another run to look at.
        run: id of the run that looked.
        seen: what it saw.
        twins: the run's images that have the same pixels.
    """

    name: str
    content: bytes
    run: str
    seen: ExternalImage
    twins: list[tuple[str, int]]


def wanted() -> bool:
    """Return whether the address asks for the place of a person's own picture, or for one that they keep."""
    given = urls.param("picture") or TEST
    return bool(picture_store.NAME.fullmatch(given)) or urls.choice_param("picture", [TEST, OWN], TEST) == OWN


def way() -> tuple[str, str]:
    """Return the way from a test image to a person's own picture: label and address."""
    return "Explain a picture of your own", urls.changed_address("explain", picture=OWN)


def explained(run: Run) -> None:
    """Draw the place for a picture and, once there is one, its explanation."""
    method = current_method(run)
    st.session_state.setdefault(TURN, 0)
    held: Held | None = st.session_state.get(HELD)
    back = doors((f"Back to test image {current_test(run)}", urls.changed_address("explain", picture="")))
    draw("own", page_head(run, "Explain", QUESTION, method), back)
    name = str(urls.param("picture"))
    if name == OWN and st.session_state.pop(TRIED, None) and not held:
        forget()
    if name not in (OWN, held.name if held else ""):
        held = _fetched(run, name)
    elif held and held.run != run.id:
        held = _looked(run, held.content)
    if refusal := st.session_state.get(REFUSED):
        st.error(screen_text.verbatim(refusal), icon=":material/error:")
    if held:
        _drawn(run, held, method)
    elif name in picture_store.saved_thumbnails():
        saved_pictures.removal(name, forget)
    _asked(run)


def _fetched(run: Run, name: str) -> Held | None:
    """Look at a kept picture; one that was refused is not tried again in every drawing of the page."""
    if st.session_state.get(TRIED) == (run.id, name) and REFUSED in st.session_state:
        return None
    st.session_state[TRIED] = (run.id, name)
    try:
        return _looked(run, picture_store.load(name))
    except ExplorerError as error:
        forget()
        st.session_state[REFUSED] = str(error)
        return None


def _asked(run: Run) -> None:
    """Draw the field for a picture; one that is dropped is looked at, and the page drawn anew."""
    turn, held = st.session_state[TURN], HELD in st.session_state
    label = "Another picture" if held else "Drop a picture here, or choose one"
    given = st.file_uploader(label, key=f"visitor-{turn}", max_upload_size=external_image.MOST_BYTES // 2**20)
    draw("own-field", small(f"{KINDS} {FORGOTTEN} {_knows(run)}"), *saved_pictures.pictures())
    if given is not None:
        st.session_state.pop(TRIED, None)  # what is said from now on is said of this one
        try:
            _looked(run, given.getvalue())
        finally:
            release(given)
        st.session_state[TURN] = turn + 1
        st.query_params["picture"] = OWN
        st.rerun()
    if not held:
        picture_worker.prepare(run)


def _looked(run: Run, content: bytes) -> Held | None:
    """Look at a picture and keep what was seen in the session; None, and a reason kept there, where it is refused."""
    forget()
    with st.spinner("The network looks at your picture", show_time=True):
        place = st.empty()
        try:
            # a word to the page lets a person leave it meanwhile
            seen = picture_worker.embed(run, content, lambda _: place.empty())
            held = Held(
                picture_store.name_of(content), content, run.id, seen, external_image.identical_images(run, seen)
            )
            st.session_state[HELD] = held
            return held
        except ExplorerError as error:
            st.session_state[REFUSED] = str(error)
            return None


def forget() -> None:
    """Take the picture, and what was said of it, out of the session."""
    for key in (HELD, REFUSED):
        st.session_state.pop(key, None)


def _drawn(run: Run, held: Held, method: str) -> None:
    """Draw the galleries of a picture for the class that a person says it shows."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    target = left.selectbox(
        "What does it really show?",
        run.class_names,
        index=None,
        placeholder="Not said: what the model says is explained",
        key=f"visitor-class-{run.id}-{held.name}",
    )
    with right:
        saved_pictures.buttons(held.name, held.content, held.seen.thumbnail, forget)
    with error_messages.show_errors():
        found = external_image.explain_external(backend.warm_run(run.id), held.seen, method, TOP, target)
        draw(
            "own-explained",
            *_same(run, held.twins),
            gallery(_picture(held.seen, found, target), *side_sections(run, found)),
            heading("Where these scores lie among all"),
            bars(histogram(found.scores, cuts(found)), score_unit(method)),
            small(score_meaning(found)),
        )
    draw("own-method", menus(method_menu(run)))


def _picture(seen: ExternalImage, found: Attribution, said: str | None) -> Section:
    verdict = "" if said is None else (" ✓" if said == found.predicted else " ✗")
    facts = [] if said is None else [("You say", said)]
    facts += [("The model says", found.predicted + verdict)]
    facts += [(f"P({name})", screen_text.probability(share)) for name, share in likeliest(found)]
    sure = screen_text.probability(found.probabilities[found.predicted])
    alt = f"your picture, the model says {found.predicted} with probability {sure}"
    tile = Tile("own", seen.thumbnail, alt, ())
    return Section("Your picture", [tile], "This picture", "What the model makes of it.", facts, tile=260, single=True)


def _same(run: Run, twins: list[tuple[str, int]]) -> list[Block]:
    """Return which of the run's images a picture is, and the way to each."""
    if not twins:
        return []
    side, index = twins[0]
    label = run.class_names[run.labels(side)[index]]
    learnt = " The model learnt from it." if side == "train" else ""
    have = "has" if len(twins) == 2 else "have"
    more = (
        f" {screen_text.counted(len(twins) - 1, 'other image')} of this run {have} the same pixels."
        if twins[1:]
        else ""
    )
    said = f"This is {NAMES[side]} {index}, labelled {label}: every pixel is the same.{learnt}{more}"
    return [text(said), doors(*((f"Open {NAMES[side]} {index}", _address(side, index)) for side, index in twins))]


def _address(side: str, index: int) -> str:
    page, name = ("training_image", "train") if side == "train" else ("explain", "test")
    return urls.address(page, **urls.query_state(**{name: index}))


def _knows(run: Run) -> str:
    *names, last = run.class_names
    known = f"{', '.join(names)} and {last}" if len(names) < NAMED else f"{len(names) + 1} classes"
    return f"The model knows {known}, and calls every picture one of them, whatever it shows."
