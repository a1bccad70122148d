"""Class numbers that stand for no class: what training programs skip, and what tables write where a value is missing."""

from collections.abc import Sequence

# Numbers that mean "ignored" or "missing": a byte's or a word's largest, and those of statistics.
FAR = frozenset((99, 255, 999, 9999, 65535))


def far_numbers(names: Sequence[str]) -> list[str]:
    """Return a sentence on numbers far from the others, which count without gaps: 255 behind 0 to 9, or −100."""
    numbers = {name: int(name) for name in names if name.lstrip("-").isdecimal() and len(name) < 7}
    if len(numbers) < len(names):
        return []
    below = [name for name, number in numbers.items() if number < -1]
    plain = sorted(number for number in numbers.values() if number not in FAR and number >= 0)
    counted = len(plain) > 1 and plain == list(range(plain[0], plain[0] + len(plain))) and plain[0] < 2
    if not counted:
        return []
    far = [name for name, number in numbers.items() if number in FAR and number > 2 * plain[-1] + 1]
    if not (found := below + far):
        return []
    those = ", ".join(map(repr, found[:3]))
    word, is_, these = ("class", "is", "it") if len(found) == 1 else ("classes", "are", "them")
    return [
        f"The {word} {those} {is_} far from the others ({plain[0]} to {plain[-1]}), as programs mark pictures that are to be ignored or have no label; "
        f"take these pictures out, or give {these} a name."
    ]
