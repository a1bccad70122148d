"""Views of a page alone, without the frame around them."""

from streamlit.testing.v1 import AppTest

from tests.support import component_packages

assert component_packages


def shown(app):
    """The words of all elements of an app."""
    assert [error.value for error in app.exception] == []
    return "".join(element.proto.json for element in app.get("bidi_component"))


def drawn(page, **state):
    """A page that shows one view, with this address."""
    app = AppTest.from_function(page, default_timeout=60)
    for name, value in state.items():
        app.query_params[name] = value
    return app.run()
