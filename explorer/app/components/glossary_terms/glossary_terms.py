"""The glossary: the terms of the field and their meanings, from the files in ``text/``."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer.app.components.markdown import markdown_text
from explorer.core.errors import ExplorerError
from explorer.core.phrases import spaced

TEXTS = Path(__file__).parent / "text"
# A line that lists the forms in which a term stands on the screens; without it, the term and its plural.
_SEEN = re.compile(r"^Seen as: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    """A term and its meaning.

    Attributes:
        name: the term as the glossary lists it.
        forms: in which it stands in sentences; case does not matter.
        nodes: its meaning, as nodes of :mod:`explorer.app.components.markdown.markdown_text`; the first is the paragraph
            that a hint shows.
    """

    name: str
    forms: tuple[str, ...]
    nodes: tuple[markdown_text.Node, ...]

    @property
    def anchor(self) -> str:
        """The term in an address: ``inverse-hessian``."""
        return re.sub(r"[^a-zλ]+", "-", self.name.casefold()).strip("-")


@cache
def terms() -> tuple[Term, ...]:
    """Return all terms in alphabetical order; read once.

    Raises:
        ExplorerError: a form belongs to two terms.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(TEXTS.glob("*.md"))]
    parts = [part for text in texts for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]]
    sorted_terms = sorted(map(_word, parts), key=lambda word: word.name.casefold())
    forms = [form.casefold() for word in sorted_terms for form in word.forms]
    twice = {form for form in forms if forms.count(form) > 1}
    if twice:
        raise ExplorerError(f"{TEXTS} has these forms twice: {', '.join(sorted(twice))}. Keep each once.")
    return tuple(sorted_terms)


@cache
def term_pattern() -> tuple[re.Pattern[str], dict[str, Term]]:
    """Return a pattern that matches every form, the longest first, and the term of each form in lower case."""
    by_form = {form.casefold(): word for word in terms() for form in word.forms}
    longest = sorted(map(re.escape, by_form), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(longest)})(?![\w-])", re.IGNORECASE), by_form


def _word(part: str) -> Term:
    name, _, rest = part.partition("\n")
    listed = _SEEN.search(rest)
    forms = (
        tuple(spaced(form.strip()) for form in listed[1].split(",")) if listed else (name.strip(), f"{name.strip()}s")
    )
    return Term(name.strip(), forms, markdown_text.nodes(_SEEN.sub("", rest)))
