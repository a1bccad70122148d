"""A run's own picture as one that a person brings."""

from explorer.runs.own_pictures import external_image, picture_worker
from tests.support import pages
from tests.support.hostile_data import encoded

TEST = 3


def stored(run, side, index):
    """The bytes of a run's picture, as a person would save it."""
    return encoded(run.dataset.split(side).pictures[run.picture_row(side, index)])


def opened(**state):
    """Explain with this address."""
    return pages.opened("explain", **state)


def words(app):
    """All that the components of a page were told."""
    return "".join(element.proto.json for element in app.get("bidi_component"))


def dropped(run, content, **state):
    """Explain after a picture was dropped."""
    app = opened(picture="own", **state)
    return app.file_uploader[0].upload("a.png", content).run()


def look_here(view, monkeypatch):
    """Look in this process: the other way has tests of its own."""
    monkeypatch.setattr(picture_worker, "prepare", lambda run: None)
    monkeypatch.setattr(
        picture_worker,
        "embed",
        lambda run, content, _: external_image.embed(view, content, external_image.reference_size(run)),
    )
