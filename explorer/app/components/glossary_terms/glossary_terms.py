"""The glossary: the terms of the field and their meanings, from the files in ``text/``."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from explorer.app.components.markdown import markdown_text
from explorer.core.errors import ExplorerError

TEXTS = Path(__file__).parent / "text"
# A line that says in which forms a word stands on the screens; without it a word is sought as it is.
_SEEN = re.compile(r"^Seen as: (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Term:
    """A word and what it means.

    Attributes:
        name: the word as the glossary lists it.
        forms: how it stands in sentences; capitals do not matter.
        nodes: what it means, as nodes of :mod:`explorer.app.components.markdown.markdown_text`; the first is the paragraph that a hover shows.
    """

    name: str
    forms: tuple[str, ...]
    nodes: tuple[markdown_text.Node, ...]

    @property
    def anchor(self) -> str:
        """What the address calls the word: ``inverse-hessian``."""
        return re.sub(r"[^a-zλ]+", "-", self.name.casefold()).strip("-")


@cache
def terms() -> tuple[Term, ...]:
    """Return all words by the alphabet; read once.

    Raises:
        ExplorerError: a word or a form of one occurs twice.
    """
    texts = [path.read_text(encoding="utf-8") for path in sorted(TEXTS.glob("*.md"))]
    parts = [part for text in texts for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]]
    found = sorted(map(_word, parts), key=lambda word: word.name.casefold())
    forms = [form.casefold() for word in found for form in word.forms]
    twice = {form for form in forms if forms.count(form) > 1}
    if twice:
        raise ExplorerError(f"{TEXTS} has these forms twice: {', '.join(sorted(twice))}. Keep each once.")
    return tuple(found)


@cache
def term_pattern() -> tuple[re.Pattern[str], dict[str, Term]]:
    """Return a pattern that finds every form, the longest first, and the word of each form in small letters."""
    known = {form.casefold(): word for word in terms() for form in word.forms}
    longest = sorted(map(re.escape, known), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(longest)})(?![\w-])", re.IGNORECASE), known


def _word(part: str) -> Term:
    name, _, rest = part.partition("\n")
    seen = _SEEN.search(rest)
    forms = tuple(form.strip() for form in seen[1].split(",")) if seen else (name.strip(), f"{name.strip()}s")
    return Term(name.strip(), forms, markdown_text.nodes(_SEEN.sub("", rest)))
