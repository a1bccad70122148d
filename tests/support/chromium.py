"""What the tests in a real browser share: a page that is watched, where its tiles are, and when it stands."""

import os
import re
from contextlib import contextmanager

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

SETTLED = "[data-testid=stApp][data-test-connection-state=CONNECTED][data-test-script-state=notRunning]"
# Asked at every frame, as is usual, a page would be painted sixty times a second meanwhile.
POLLING_MS = 30
# How the names of both galleries of an explanation begin; they go on with the class.
HELPFUL, HARMFUL = "▲ argue for", "▼ argue"
# One yellow pixel: the maps themselves have tests of their own.
MAP = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ff9f010005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched():
    """The Chromium at ``EXPLORER_CHROMIUM``, else Playwright's own."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = os.environ.get("EXPLORER_CHROMIUM") or None
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@contextmanager
def visitor(browser, height=900, script="", **settings):
    """A visitor of the program: storage and cookies of their own; ``script`` runs first in each of their pages.

    They ask for less motion: what Streamlit lets shimmer while a page waits is painted sixty times a second, without a graphics card.
    """
    context = browser.new_context(viewport={"width": 1280, "height": height}, reduced_motion="reduce", **settings)
    if script:
        context.add_init_script(script)
    yield context
    context.close()


@contextmanager
def visited(context):
    """A visitor's page that fails the test if its console has an error or a request leaves this machine."""
    page, wrong = context.new_page(), []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: wrong.append(request.url) if not local(request.url) else None)
    yield page
    page.close()
    assert wrong == []


@contextmanager
def watched(browser, **settings):
    """A watched page of a visitor who was never here."""
    with visitor(browser, **settings) as context, visited(context) as page:
        yield page


# What a link of the program does: Streamlit goes to the address and keeps page and session.
GO = "(to) => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')); }"


def finished(frame):
    """Whether a message says that a run of the page has ended; of a short run the browser shows neither begin nor end."""
    return ForwardMsg.FromString(frame).WhichOneof("type") == "script_finished"


def loaded_once(page):
    """The page, whose ``goto`` loads the program the first time and from then on goes where a link would go: a second sooner."""
    load, sockets = page.goto, []
    page.on("websocket", lambda socket: sockets.append(socket))  # a reload opens another

    def goto(address):
        if not sockets:
            load(address)
        else:
            with sockets[-1].expect_event("framereceived", finished):
                page.evaluate(GO, address)
        page.locator(SETTLED).wait_for()

    page.goto = goto
    return page


def local(url):
    return re.match(r"(https?|wss?)://127\.0\.0\.1[:/]|data:|blob:", url) is not None


def tiles(page, label):
    return page.locator(f'.gallery[aria-label^="{label}"] .tile')


def back(page):
    """Go back once the page stands: Streamlit may answer a move that crosses a running script with the old page."""
    page.locator(SETTLED).wait_for()
    page.go_back()
