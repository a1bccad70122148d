"""Every page, every parameter of the address that the program reads, and values that nobody would type.

Pages are the files of ``pages/``; the names are read out of the program's source, so that a new one is not forgotten.
"""

import ast
import re
from dataclasses import fields
from pathlib import Path

from explorer.app.pages.learn import views as learn_views
from explorer.app.pages.learn.lesson.steps import STEPS
from explorer.app.pages.suspects import views as suspects_views
from explorer.experiments import EXPERIMENTS

ROOT = Path(__file__).parents[2]
PAGES = tuple(sorted(path.stem for path in (ROOT / "pages").glob("*.py")))
# States of pages that draw something else; each is fuzzed like a page of its own.
STATES = {
    "suspects": [{"view": view} for view in suspects_views.VIEWS],
    "learn": [{"view": view} for view in learn_views.VIEWS] + [{"step": str(step)} for step in STEPS],
    "compare": [{"what": "runs"}],
    "explain": [{"case": "open"}, {"picture": "own"}],
}
# Functions whose first argument names a parameter of the address, and those whose keywords do.
READ = {"param", "case_param", "int_param", "choice_param", "param_menu", "current_method", "method_menu"}
WRITTEN = {"address", "query_state", "changed_address", "learn_state"}
SCRIPT = "<img src=x onerror=window.pwned=1>"
# Each with the reason why it is there.
HOSTILE = {
    "": "nothing after =",
    "-1": "below 0; Python counts from the end",
    "0": "the least",
    "999999999": "the largest number that is read",
    "1" + "0" * 30: "no machine word",
    "1e999": "infinity",
    "nan": "no number",
    "٣": "a digit in another script: Python's int() takes it",
    "²": "str.isdigit() takes it, int() does not",
    SCRIPT: "HTML",
    "</script><script>window.pwned=1</script>": "HTML that ends a script",
    "javascript:window.pwned=1": "an address that is a program",
    "![x](http://example.org/x.png)": "Markdown that loads a picture from elsewhere",
    "{{7*7}} ${7*7} $x^2$ :red[x]": "templates and Streamlit's own Markdown",
    "../../etc/passwd": "a path out of the folder",
    "/etc/passwd": "a path from the root",
    "a\0b": "a zero byte, which no path may hold",
    "a\r\nSet-Cookie: x=1": "a header",
    "x" * 10_000: "very long",
    "1,,2,": "a list with gaps",
    '[1, {"a": null}]': "JSON",
    "'; DROP TABLE edits; --": "SQL",
    "constructor": "a name that every JavaScript object has",
    "__class__": "a name that every Python object has",
    "\u202egnp.tac": "letters that run backwards",
    "default": "a run's name where it is none",
    "cat": "a class where it is none",
    "0123456789abcdef": "an id or a key that does not exist",
}


def _called(call):
    """The name of a called function without what stands before it."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _named(tree):
    """The parameters that a piece of the program reads or writes."""
    constants = {
        node.targets[0].id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = _called(call)
        if name in WRITTEN:
            yield from (keyword.arg for keyword in call.keywords if keyword.arg)
        for argument in call.args if name in READ else ():
            value = constants.get(getattr(argument, "id", None), getattr(argument, "value", None))
            if isinstance(value, str) and re.fullmatch(r"[a-z_]+", value):
                yield value
                break


def names():
    """Every parameter of the address, found in the source of pages and scripts."""
    sources = [*(ROOT / "explorer/app").rglob("*.py"), *(ROOT / "pages").glob("*.py")]
    found = {name for path in sources for name in _named(ast.parse(path.read_text()))}
    scripts = "".join(path.read_text() for path in (ROOT / "explorer/app").rglob("*.js"))
    found |= set(re.findall(r"""(?:searchParams|query|now|asked)\.(?:get|set|has)\("(\w+)""", scripts))
    found |= {field.name for kind in EXPERIMENTS.values() for field in fields(kind)}
    return sorted(found)


def places():
    """Every page in every state that draws something of its own."""
    return [(page, state) for page in PAGES for state in ({}, *STATES.get(page, ()))]
