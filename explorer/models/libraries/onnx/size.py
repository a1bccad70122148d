"""Memory that an ONNX file takes when it is parsed, found before it is parsed: two bytes can ask for an object of two hundred."""

from typing import Any

# What one message takes at most, in Python's and in ONNX Runtime's parser; a varint of one byte becomes eight.
MESSAGE, NUMBER = 200, 8
# Subgraphs of subgraphs; more than a few are a trap for parsers that call themselves.
DEEPEST = 40
# Kinds of fields on the wire (protobuf's encoding): a varint, eight bytes, bytes with their length, four bytes.
VARINT, EIGHT, COUNTED, FOUR = 0, 1, 2, 5


def parsed_bytes(content: bytes, message: Any, most: int) -> int:
    """Return about how many bytes ``content`` takes when it is parsed; a number above ``most`` where it is more.

    Args:
        content: of the file.
        message: descriptor of the outer message, such as ``onnx.ModelProto.DESCRIPTOR``.
        most: where counting stops.

    Raises:
        ValueError: it is damaged; a name that is no text counts as damage.
    """
    total, waiting = 0, [(0, len(content), message, 0)]
    while waiting:
        place, end, kind, depth = waiting.pop()
        if depth > DEEPEST:
            raise ValueError("its parts are nested too deeply")
        while place < end:
            start, place, field = _next(content, place, end, kind)
            if start is not None and field is not None and field.type == field.TYPE_STRING:
                content[start:place].decode()  # text that is none would be handed out as bytes
            inner = field.message_type if field is not None and start is not None else None
            total += _cost(field, start, place)
            if total > most:
                return total
            if inner is not None and start is not None:
                waiting.append((start, place, inner, depth + 1))
    return total


def _next(content: bytes, place: int, end: int, kind: Any) -> tuple[int | None, int, Any]:
    """Return where a field's counted bytes begin (None for a number), where it ends, and its descriptor where it is known."""
    tag, place = _varint(content, place, end)
    start, wire = None, tag & 7
    if wire == COUNTED:
        length, start = _varint(content, place, end)
        place = start + length
    elif wire == VARINT:
        _, place = _varint(content, place, end)
    elif wire in (EIGHT, FOUR):
        place += 8 if wire == EIGHT else 4
    else:
        raise ValueError("it has a part of an unknown kind")
    if place > end:
        raise ValueError("it is cut short")
    return start, place, kind.fields_by_number.get(tag >> 3)


def _cost(field: Any, start: int | None, place: int) -> int:
    """Return the bytes that one field takes: bytes and floats as many as they are, whole numbers eight for each byte."""
    if start is None or field is None:
        return 2 * NUMBER + (0 if start is None else place - start)
    if field.message_type is not None:
        return MESSAGE
    plain = field.type in (field.TYPE_BYTES, field.TYPE_STRING, field.TYPE_FLOAT, field.TYPE_DOUBLE)
    return (place - start) * (1 if plain else NUMBER) + 4 * NUMBER


def _varint(content: bytes, place: int, end: int) -> tuple[int, int]:
    """Return a varint and where it ends."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= end:
            break
        byte = content[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            return number, place
    raise ValueError("it is cut short")
