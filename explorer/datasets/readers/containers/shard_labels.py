"""Labels in WebDataset's shards: members beside the pictures, or keys of a JSON member; which of several counts, and what can be chosen."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from explorer.datasets.choices import Offer
from explorer.datasets.doubts.rival_labels import counted, folder_doubt, rival_doubt
from explorer.datasets.readers.tables.numbered_names import named_by_lines
from explorer.datasets.readers.tables.seen_values import MOST_OFFERED, SeenValues

# Members with a label, in the order in which they count.
LABELS = ("cls", "label", "class", "cls.txt", "label.txt", "class.txt", "json", "txt", "index")
# Those of them that often hold something else.
VAGUE = ("json", "txt", "index")
# Keys of a label in a JSON member.
JSON_KEYS = ("label", "cls", "class", "class_name", "category", "target", "class_id", "label_name")
# Before the name of a key where a member is called so, too.
WITHIN = "json."
# A label has so many bytes at most; a longer text is a caption.
MOST_LABEL = 2**16
# Columns of an index: where the label of each picture stands, and what another place says.
STANDS, SAYS = "label stands", "label in {0}"
# Places beside the one that is taken of which the labels of all pictures are compared.
MOST_RIVALS = 3


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
    if not chosen:
        return label_and_place(texts)[0]
    if chosen in texts and chosen != "json":
        return _plain(texts[chosen])
    known = _json(texts)
    return _value(known, [chosen, chosen.removeprefix(WITHIN)]) if isinstance(known, dict) else _text(known)


def label_and_place(texts: Mapping[str, bytes]) -> tuple[str, str]:
    """Return the label of a picture where nobody chose, and the ending or key of its place; both empty where there is none."""
    ending = label_ending(texts)
    if ending != "json":
        return (_plain(texts[ending]), ending) if ending else ("", "")
    known = _json(texts)
    if not isinstance(known, dict):
        return _text(known), ending
    key = next((key for key in JSON_KEYS if _text(known.get(key))), "")
    return (_text(known[key]), key) if key else ("", "")


def offer(beside: Iterable[Mapping[str, bytes]], chosen: str) -> Offer:
    """Return the members and keys that hold labels, by those beside some pictures."""
    seen, taken = SeenValues(), ""
    for texts in beside:
        known = _json(texts)
        plain = {ending: _plain(content) for ending, content in texts.items() if ending != "json"}
        keys = known if isinstance(known, dict) else {}
        seen.add(plain | {WITHIN + key if key in plain else key: value for key, value in keys.items()})
        taken = taken or label_and_place(texts)[1]
    names = [name for name in dict.fromkeys((chosen or taken, *seen.classes())) if name][:MOST_OFFERED]
    return Offer("label", {name: seen.named(name) for name in names}, chosen or taken)


def rivals(offered: Offer) -> tuple[str, ...]:
    """Return the places beside the one that is taken where labels usually stand, and may say something else."""
    known = [name for name in offered.values if name != offered.taken and _holds_labels(name)]
    return tuple(known[:MOST_RIVALS])


def _holds_labels(name: str) -> bool:
    return name in LABELS or name.endswith(".cls") or name.removeprefix(WITHIN) in JSON_KEYS


def label_doubts(columns: Mapping[str, Sequence[str]], taken: str, others: Sequence[str]) -> list[str]:
    """Return what is doubtful about labels that nobody chose.

    Args:
        columns: of all pictures: ``name``, ``label``, :data:`STANDS`, and :data:`SAYS` of each other place.
        taken: the place whose labels are taken; ``others`` are the other ones.
    """
    labels, names = columns["label"], columns["name"]
    places = {other: columns[SAYS.format(other)] for other in others}
    said = {other: counted(labels, held, names) for other, held in places.items() if _is_of(labels, held, other)}
    found = [doubt for other, (pairs, named) in said.items() for doubt in rival_doubt(taken, other, pairs, named)]
    held = Counter((place, label) for place, label in zip(columns[STANDS], labels, strict=True) if label)
    stands, by_place = Counter[str](), defaultdict[str, set[str]](set)
    for (place, label), number in held.items():
        stands[place] += number
        by_place[place].add(label)
    if len({*map(frozenset, by_place.values())}) > 1:
        (first, count), *more = stands.most_common()
        rest = ", ".join(f"{number:,} in {place!r}" for place, number in more)
        found.append(
            f"{count:,} pictures have their label in {first!r}, {rest}, and each is read where it stands; "
            f"if they do not name the same classes, choose one by --read label={first}."
        )
    return [*found, *folder_doubt(labels, names)]


def _is_of(labels: Sequence[str], held: Sequence[str], place: str) -> bool:
    """Return whether what another place says can be a label; a caption or a running number shares none with the labels, nor names them."""
    known, others = {*labels} - {""}, {*held} - {""}
    return place not in VAGUE or bool(known & others) or (len(known) == len(others) and all(map(str.isdecimal, known)))


def named_columns(
    columns: Mapping[str, list[Any]], lines: Sequence[str], others: Sequence[str]
) -> tuple[dict[str, list[Any]], list[str]]:
    """Return the columns of an index whose numbers are replaced by the classes' names in some lines, and what is doubtful in that."""
    numbers = {*columns["label"]} - {""}
    known, doubts = named_by_lines(numbers, lines)
    # other numbers count other classes
    same = [says for says in map(SAYS.format, others) if {*columns[says]} - {""} == numbers]
    held = ["label", *same] if known else []
    return {**columns, **{one: [known.get(label, label) for label in columns[one]] for one in held}}, doubts


def _value(known: Mapping[str, Any], keys: Sequence[str]) -> str:
    return next((text for key in keys if (text := _text(known.get(key)))), "")


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():  # as pandas writes numbers with gaps
        value = int(value)
    return str(value).strip() if isinstance(value, int | str) else ""


def _plain(content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip()
    return "" if re.search(r"[\x00-\x1f]", text) else text


def _json(texts: Mapping[str, bytes]) -> Any:
    try:
        return json.loads(texts["json"].decode("utf-8", "replace")) if "json" in texts else None
    except (ValueError, RecursionError):
        return None
