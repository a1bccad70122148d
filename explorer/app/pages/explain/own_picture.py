"""Explaining a picture that the user uploads: it stays in the memory of this browser tab unless the user saves it."""

from dataclasses import dataclass

import streamlit as st

from explorer.app import backend, error_messages, screen_text, urls, whole_network
from explorer.app.components.blocks.blocks import Block, doors, draw, heading, menus, small, text
from explorer.app.components.current_case.current_case import current_test
from explorer.app.components.explanation_sections.explanation_sections import (
    TOP,
    cuts,
    legend,
    likeliest,
    side_sections,
    speaker,
)
from explorer.app.components.file_drop.file_drop import release
from explorer.app.components.gallery.gallery import Section, Tile, gallery
from explorer.app.components.histogram.histogram import bars
from explorer.app.components.methods.methods import reverse_menu, reverse_method, score_meaning, score_unit
from explorer.app.components.methods.whole_methods import WHOLE_METHODS
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.explain import saved_pictures
from explorer.app.pages.explain.saved_pictures import OWN
from explorer.app.pages.explain.whole_answer import reliability
from explorer.core.errors import ExplorerError
from explorer.figures.score_histogram import histogram
from explorer.runs.own_pictures import external_image, picture_store, picture_worker
from explorer.runs.own_pictures.external_image import ExternalImage
from explorer.runs.results.explanation import Attribution
from explorer.runs.run import Run

# Keys of the session state: the picture, why the last one was refused, which saved one was tried, and the number of
# uploads so far; a new number empties the upload field.
HELD, REFUSED, TRIED, TURN = "visitor", "visitor-refused", "visitor-tried", "visitor-turn"
# Value of ``picture`` in the address that asks for a test image.
TEST = "test"
NAMES = {"train": "training image", "test": "test image"}
# With more classes than this, a sentence gives their number only.
MOST_NAMED = 6
FORMATS = "JPEG, PNG, WebP, BMP, TIFF, GIF or AVIF."
QUESTION = "A picture of your own, and the training images that speak for and against what the model says."
NOT_STORED = "It is not stored unless you keep it: it stays in memory for this tab alone, and a reload forgets it."


@dataclass(frozen=True, eq=False)
class HeldPicture:
    """The uploaded picture of a session.

    Attributes:
        name: its file name in the picture store, whether saved or not.
        content: the file's bytes, to embed it again under another run.
        run: id of the run whose network embedded it.
        seen: its features and thumbnail under that network.
        twins: ``(side, row)`` of the run's images with identical pixels.
    """

    name: str
    content: bytes
    run: str
    seen: ExternalImage
    twins: list[tuple[str, int]]


def is_requested() -> bool:
    """Return whether the address asks for an uploaded picture, or for a saved one."""
    picture = urls.param("picture") or TEST
    return bool(picture_store.NAME.fullmatch(picture)) or urls.choice_param("picture", [TEST, OWN], TEST) == OWN


def own_picture_link() -> tuple[str, str]:
    """Return the link from a test image to the upload: label and address."""
    return "Explain a picture of your own", urls.changed_address("explain", picture=OWN)


def draw_own_picture(run: Run) -> None:
    """Draw the upload field and, once there is a picture, its explanation."""
    method = reverse_method(run)
    st.session_state.setdefault(TURN, 0)
    held: HeldPicture | None = st.session_state.get(HELD)
    back = doors((f"Back to test image {current_test(run)}", urls.changed_address("explain", picture="")))
    draw("own", page_head(run, "Explain", QUESTION, method), back)
    name = str(urls.param("picture"))
    if name == OWN and st.session_state.pop(TRIED, None) and not held:
        forget()
    if name not in (OWN, held.name if held else ""):
        held = _load_saved(run, name)
    elif held and held.run != run.id:
        held = _embed(run, held.content)
    if refusal := st.session_state.get(REFUSED):
        st.error(screen_text.verbatim(refusal), icon=":material/error:")
    if held:
        _draw_explanation(run, held, method)
    elif name in picture_store.saved_thumbnails():
        saved_pictures.draw_remove_button(name, forget)
    _draw_upload(run)


def _load_saved(run: Run, name: str) -> HeldPicture | None:
    """Embed a saved picture; one that was refused is not tried again on every rerun of the page."""
    if st.session_state.get(TRIED) == (run.id, name) and REFUSED in st.session_state:
        return None
    st.session_state[TRIED] = (run.id, name)
    try:
        return _embed(run, picture_store.load(name))
    except ExplorerError as error:
        forget()
        st.session_state[REFUSED] = str(error)
        return None


def _draw_upload(run: Run) -> None:
    """Draw the upload field; an uploaded picture is embedded, then the page reruns."""
    turn, held = st.session_state[TURN], HELD in st.session_state
    label = "Another picture" if held else "Drop a picture here, or choose one"
    upload = st.file_uploader(label, key=f"visitor-{turn}", max_upload_size=external_image.MOST_BYTES // 2**20)
    draw("own-field", small(f"{FORMATS} {NOT_STORED} {_classes_sentence(run)}"), *saved_pictures.saved_gallery())
    if upload is not None:
        st.session_state.pop(TRIED, None)  # what is said from now on is said of this one
        try:
            _embed(run, upload.getvalue())
        finally:
            release(upload)
        st.session_state[TURN] = turn + 1
        st.query_params["picture"] = OWN
        st.rerun()
    if not held:
        picture_worker.prepare(run)


def _embed(run: Run, content: bytes) -> HeldPicture | None:
    """Embed a picture and store it in the session; where it is refused, store the reason and return None."""
    forget()
    with st.spinner("The network looks at your picture", show_time=True):
        place = st.empty()
        try:
            # a word to the page lets a person leave it meanwhile
            seen = picture_worker.embed(run, content, lambda _: place.empty())
            held = HeldPicture(
                picture_store.name_of(content), content, run.id, seen, external_image.identical_images(run, seen)
            )
            st.session_state[HELD] = held
            return held
        except ExplorerError as error:
            st.session_state[REFUSED] = str(error)
            return None


def forget() -> None:
    """Remove the picture and the refusal from the session."""
    for key in (HELD, REFUSED):
        st.session_state.pop(key, None)


def _draw_explanation(run: Run, held: HeldPicture, method: str) -> None:
    """Draw the explanation of a picture, for the class that the user chooses."""
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    target = left.selectbox(
        "What does it really show?",
        run.class_names,
        index=None,
        placeholder="Not said: what the model says is explained",
        key=f"visitor-class-{run.id}-{held.name}",
    )
    with right:
        saved_pictures.draw_buttons(held.name, held.content, held.seen.thumbnail, forget)
    with error_messages.show_errors():
        attribution = _attribution(run, held, method, target)
        draw(
            "own-explained",
            *_twin_blocks(run, held.twins),
            gallery(_picture_section(held.seen, attribution, target), *side_sections(run, attribution, target or "")),
            *reliability(attribution),
            small(legend(attribution)),
            heading("Where these scores lie among all"),
            bars(histogram(attribution.scores, cuts(attribution)), score_unit(method)),
            small(score_meaning(attribution)),
        )
    draw("own-method", menus(reverse_menu(run, method)))


def _attribution(run: Run, held: HeldPicture, method: str, target: str | None) -> Attribution:
    """Return the explanation of the picture; the whole network looks at its pixels, the last layer at its features."""
    if method not in WHOLE_METHODS:
        return external_image.explain_external(backend.warm_run(run.id), held.seen, method, TOP, target)
    with st.spinner("The whole network looks at your picture"):
        return whole_network.explain_picture(backend.warm_run(run.id), held.content, method, TOP, target)


def _picture_section(seen: ExternalImage, attribution: Attribution, stated: str | None) -> Section:
    verdict = "" if stated is None else (" ✓" if stated == attribution.predicted else " ✗")
    facts = [] if stated is None else [("You say", stated)]
    facts += [(f"{speaker(attribution)} says", attribution.predicted + verdict)]
    facts += [(f"P({name})", screen_text.probability(share)) for name, share in likeliest(attribution)]
    sure = screen_text.probability(attribution.probabilities[attribution.predicted])
    alt = f"your picture, {speaker(attribution).lower()} says {attribution.predicted} with probability {sure}"
    tile = Tile("own", seen.thumbnail, alt, ())
    return Section("Your picture", [tile], "This picture", "What the model makes of it.", facts, tile=260, single=True)


def _twin_blocks(run: Run, twins: list[tuple[str, int]]) -> list[Block]:
    """Return a sentence on the run's images with identical pixels, and the links to them; empty where there are none."""
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
    sentence = f"This is {NAMES[side]} {index}, labelled {label}: every pixel is the same.{learnt}{more}"
    return [
        text(sentence),
        doors(*((f"Open {NAMES[side]} {index}", _image_address(side, index)) for side, index in twins)),
    ]


def _image_address(side: str, index: int) -> str:
    page, name = ("training_image", "train") if side == "train" else ("explain", "test")
    return urls.address(page, **urls.query_state(**{name: index}))


def _classes_sentence(run: Run) -> str:
    *names, last = run.class_names
    classes = f"{', '.join(names)} and {last}" if len(names) < MOST_NAMED else f"{len(names) + 1:,} classes"
    return f"The model knows {classes}, and calls every picture one of them, whatever it shows."
