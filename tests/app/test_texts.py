"""Texts with formulas and places, the glossary, where its words are explained, and what every page says of itself."""

import ast
import re
from pathlib import Path

import pytest

from explorer.app.components import loader
from explorer.app.components.glossary_terms import glossary_terms, term_hints
from explorer.app.components.glossary_terms.glossary_terms import term_pattern, terms
from explorer.app.components.markdown import markdown_text
from explorer.core.errors import ExplorerError

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "explorer").rglob("*.md"))
# What the issue asks the glossary to explain.
ASKED = (
    "risk, loss, nat, empirical risk, leave-one-out, up-weighting, gradient, Hessian, inverse Hessian, conjugate gradients, influence, "
    "score, helpful, harmful, leverage, residual, outlier, self-influence, Cook's distance, last layer, backbone, features, penalty λ, "
    "test image, training image, refit, newton, first-order, confusion matrix, margin, class, accuracy, suspect, mislabelled, queue, "
    "cleaning curve, linear datamodeling score, correlation, rank correlation, confidence interval, seed, saliency, checkpoint"
)


def pages():
    tree = ast.parse((ROOT / "explorer/app/frame/main.py").read_text(encoding="utf-8"))
    assigned = [node for node in tree.body if isinstance(node, ast.Assign)]
    return dict(ast.literal_eval(next(node.value for node in assigned if node.targets[0].id == "PAGES")))


def below(node):
    yield node
    for child in node[2:] if not isinstance(node, str) else ():
        yield from below(child)


def sentences(text):
    return re.findall(r"[^.!?]+[.!?](?=\s|$)", text)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_text_is_made_of_tags_that_the_browser_builds_and_links_to_pages_that_exist(path):
    lists = re.findall(r'new Set\(\s*"([^"]+)"', loader.modules()["components/markdown/markdown_text.js"].decode())
    allowed = {tag for known in lists for tag in known.split()}
    parts = [part for node in markdown_text.parsed(path) for part in below(node) if not isinstance(part, str)]
    assert {part[0] for part in parts} <= allowed
    for href in (part[1]["href"] for part in parts if part[0] == "a"):
        assert href.startswith(("https://", "#", "/?")) or re.match(r"/(\w+)", href)[1] in pages()


def calls():
    """Every call in the program that fills a text, a file of the caller's folder ``text``, whose name it spells out."""
    for file in [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        text = file.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "prose" in text else ():
            called = isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", ""))
            if (
                called == "prose"
                and isinstance(node.args[0], ast.BinOp)
                and isinstance(node.args[0].right, ast.Constant)
            ):
                given = [keyword.arg for keyword in node.keywords]
                path = file.parent / "text" / node.args[0].right.value
                if None not in given:
                    yield pytest.param(path, given, id=f"{file.name}:{path.name}")


CALLS = list(calls())


def test_texts_are_filled_where_they_are_drawn():
    assert {"step7.md", "step8.md", "story.md", "hunt.md", "teacher.md"} <= {call.values[0].name for call in CALLS}


@pytest.mark.parametrize(("path", "given"), CALLS)
def test_every_text_gets_the_figures_that_it_has_places_for(path, given):
    assert set(given) == markdown_text.placeholders(path)


@pytest.fixture
def written(tmp_path):
    """Writes a text and returns its file."""

    def write(markdown):
        (tmp_path / "some.md").write_text(markdown, encoding="utf-8")
        return tmp_path / "some.md"

    return write


def test_a_figure_stands_as_it_is_in_a_sentence_and_in_an_address_but_not_in_a_formula(written):
    path = written("It has *{count}* images, see [it](/explain?test={row}): $x_{i}$.")
    nodes = markdown_text.prose(path, count="<b>**3**</b>", row="7&a=b")["nodes"]
    formula = ["math", {"display": "inline"}, ["msub", {}, ["mi", {}, "x"], ["mi", {}, "i"]]]
    link = ["a", {"href": "/explain?test=7%26a%3Db"}, "it"]
    assert nodes == [["p", {}, "It has ", ["em", {}, "<b>**3**</b>"], " images, see ", link, ": ", formula, "."]]


@pytest.mark.parametrize("figures", [{}, {"count": "1", "other": "2"}])
def test_a_figure_that_is_missing_or_has_no_place_is_an_error(written, figures):
    path = written("It has {count} images.")
    with pytest.raises(ExplorerError, match=r"some\.md has places for count; given were .*Give each place its figure"):
        markdown_text.prose(path, **figures)


@pytest.mark.parametrize(
    ("markdown", "says"),
    [
        ("[x](//elsewhere.example)", "links to '//elsewhere.example'; a link begins with /"),
        ("![x](a.png)", "links to 'a.png'"),
        (r"$\nonsense x$", r"has '\\\\nonsense', which latex2mathml does not know"),
    ],
)
def test_what_is_not_drawn_is_an_error(markdown, says):
    with pytest.raises(ExplorerError, match=says):
        markdown_text.nodes(markdown)


def test_html_in_a_text_stays_text():
    [paragraph] = markdown_text.nodes("<b>x</b>")
    assert [part[0] for part in below(paragraph) if not isinstance(part, str)] == ["p"]
    assert markdown_text.plain(paragraph) == "<b>x</b>"


def test_a_text_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(ExplorerError, match=r"There is no text .*nothing\.md"):
        markdown_text.prose(tmp_path / "nothing.md")


def test_a_formula_is_the_tree_that_its_latex_says():
    block, formula = markdown_text.formula(r"\frac1n \sum_{i=1}^n \hat y_i", block=True)[1:]
    total = [
        "munderover",
        {},
        ["mo", {}, "∑"],
        ["mrow", {}, ["mi", {}, "i"], ["mo", {"lspace": "0", "rspace": "0"}, "="], ["mn", {}, "1"]],
        ["mi", {}, "n"],
    ]
    hat = [
        "mover",
        {"accent": "true"},
        ["mi", {}, "y"],
        ["mo", {"stretchy": "false", "lspace": "0", "rspace": "0"}, "^"],
    ]
    row = ["mrow", {}, ["mfrac", {}, ["mn", {}, "1"], ["mi", {}, "n"]], total, ["msub", {}, hat, ["mi", {}, "i"]]]
    assert block == {"class": "formula"}
    assert formula == ["math", {"display": "block"}, row]


def test_the_glossary_explains_what_was_asked_in_one_to_three_sentences():
    known = {word.name: word for word in terms()}
    assert {name.strip() for name in ASKED.split(",")} <= known.keys()
    assert list(known) == sorted(known, key=str.casefold)
    counts = {name: len(sentences("".join(map(markdown_text.plain, word.nodes)))) for name, word in known.items()}
    assert {name: count for name, count in counts.items() if not 1 <= count <= 3} == {}
    assert len({word.anchor for word in terms()}) == len(known)


def slowly(text):
    """The words that occur, found letter by letter: at each place the longest form between two places without letters."""
    known, found, at = term_pattern()[1], [], 0
    while at < len(text):
        fits = [form for form in known if text[at:].casefold().startswith(form) and alone(text, at, at + len(form))]
        longest = max(fits, key=len, default="")
        if longest and known[longest].name not in [name for _, name in found]:
            found.append((text[at : at + len(longest)], known[longest].name))
        at += len(longest) or 1
    return found


def alone(text, start, end):
    letter = re.compile(r"[\w-]")
    return not (start and letter.match(text[start - 1])) and not letter.match(text[end : end + 1])


@pytest.mark.parametrize(
    "text",
    [
        "The inverse Hessian, and the Hessian without it.",  # the longer word first
        "Self-influence is no influence; influences are none.",  # no part of a word with a hyphen
        "SCORES of a training image, a score of training images",  # capitals, plurals, each word once
        "λ and Cook's distance (95\u00a0% intervals), λs and tracing",
        "",
    ],
)
def test_the_words_of_a_sentence_are_those_found_letter_by_letter(text):
    assert [(form, word.name) for form, word in term_hints.terms_in([text])] == slowly(text)
    assert slowly("The inverse Hessian") == [("inverse Hessian", "inverse Hessian")]


def test_a_word_is_explained_where_a_page_says_it_first(monkeypatch):
    monkeypatch.setattr(term_hints.st, "session_state", {})
    line = {"kind": "text", "tag": "p", "quiet": False, "text": "A score."}
    more = {"kind": "text", "tag": "p", "quiet": False, "text": "A score and its leverage."}
    beside = {"kind": "columns", "columns": [{"share": 1, "blocks": [more]}]}
    heading = {"kind": "text", "tag": "h2", "quiet": False, "text": "The Hessian"}
    term_hints.begin_page()
    assert [entry[:2] for entry in term_hints.page_terms("top", [heading, line])] == [["score", "score"]]
    assert [entry[:2] for entry in term_hints.page_terms("below", [beside])] == [["leverage", "leverage"]]
    assert [entry[:2] for entry in term_hints.page_terms("top", [line])] == [
        ["score", "score"]
    ]  # a fragment draws again
    term_hints.begin_page()
    assert [entry[1] for entry in term_hints.page_terms("below", [beside])] == ["score", "leverage"]


def test_two_words_cannot_share_a_form(written, tmp_path, monkeypatch):
    written("# one\nSame.\n\n# other\nSame.\nSeen as: One\n")
    monkeypatch.setattr(glossary_terms, "TEXTS", tmp_path)
    with pytest.raises(ExplorerError, match="forms twice: one"):
        terms.__wrapped__()


@pytest.mark.parametrize("page", pages())
def test_every_page_says_what_it_is_and_what_it_does_not_show_in_three_sentences_each(page):
    first, seen, second, unseen = markdown_text.parsed(ROOT / f"explorer/app/pages/{page}/about.md")
    assert [first, second] == [["h2", {}, "What am I looking at?"], ["h2", {}, "What can I not conclude?"]]
    for answer in (seen, unseen):
        assert answer[0] == "p"
        assert 1 <= len(sentences(markdown_text.plain(answer))) <= 3
