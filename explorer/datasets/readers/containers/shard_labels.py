"""Labels in WebDataset's shards: members beside the pictures, or keys of a JSON member; which of several counts, and what can be chosen."""

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from explorer.datasets.choices import Offer
from explorer.datasets.readers.tables.seen_values import MOST_OFFERED, SeenValues

# Members with a label, in the order in which they count.
LABELS = ("cls", "label", "class", "cls.txt", "label.txt", "class.txt", "json", "txt", "index")
# Those of them that often hold something else.
VAGUE = ("json", "txt", "index")
# Keys of a label in a JSON member.
JSON_KEYS = ("label", "cls", "class", "class_name", "category", "target", "class_id", "label_name")
# A label has so many bytes at most; a longer text is a caption.
MOST_LABEL = 2**16


def label_ending(endings: Collection[str]) -> str:
    """Return the ending of the member that holds a label: a known one, else one such as ``target.cls``; empty where there is none."""
    known = next((ending for ending in LABELS if ending in endings), "")
    named = [ending for ending in endings if ending.endswith(".cls")]
    return min(named) if named and known in ("", *VAGUE) else known


def label_of(texts: Mapping[str, bytes], chosen: str = "") -> str:
    """Return the label of a picture; empty where there is none.

    Args:
        texts: the members beside it, by their endings.
        chosen: an ending, or a key of the JSON member; the first that is known where empty.
    """
    if chosen:
        return _plain(texts[chosen]) if chosen in texts and chosen != "json" else _value(_json(texts), [chosen])
    ending = label_ending(texts)
    if ending != "json":
        return _plain(texts[ending]) if ending else ""
    known = _json(texts)
    return _value(known, JSON_KEYS) if isinstance(known, dict) else _text(known)


def offer(beside: Iterable[Mapping[str, bytes]], chosen: str) -> Offer:
    """Return the members and keys that hold labels, by those beside some pictures."""
    seen, taken = SeenValues(), ""
    for texts in beside:
        known = _json(texts)
        plain = {ending: _plain(content) for ending, content in texts.items() if ending != "json"}
        seen.add({**(known if isinstance(known, dict) else {}), **plain})
        taken = taken or _taken(texts, known)
    names = [name for name in dict.fromkeys((chosen or taken, *seen.classes())) if name][:MOST_OFFERED]
    return Offer("label", {name: seen.named(name) for name in names}, chosen or taken)


def _taken(texts: Mapping[str, bytes], known: Any) -> str:
    """Return the member or key that counts where nobody chose."""
    ending = label_ending(texts)
    keys = [key for key in JSON_KEYS if isinstance(known, dict) and _text(known.get(key))]
    return ending if ending != "json" else next(iter(keys), "")


def _value(known: Any, keys: Sequence[str]) -> str:
    found = (_text(known.get(key)) for key in keys) if isinstance(known, dict) else ()
    return next((text for text in found if text), "")


def _text(value: Any) -> str:
    return str(value).strip() if isinstance(value, int | str) else ""


def _plain(content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip()
    return "" if re.search(r"[\x00-\x1f]", text) else text


def _json(texts: Mapping[str, bytes]) -> Any:
    try:
        return json.loads(texts["json"].decode("utf-8", "replace")) if "json" in texts else None
    except (ValueError, RecursionError):
        return None
