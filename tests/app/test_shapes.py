"""The shapes that the JavaScript is checked against are those that Python sends."""

from typing import Annotated, Any, Literal, TypedDict

import pytest

from tools import shapes


def test_the_written_shapes_are_those_of_the_types():
    assert shapes.PATH.read_text(encoding="utf-8") == shapes.written(), "run python -m tools.shapes"


class Inner(TypedDict):
    """Something inside."""

    size: float


class Outer(TypedDict):
    """Something."""

    kind: Literal["a", "b"]
    pairs: list[tuple[int, str]]
    maybe: list[str | None]
    named: dict[str, Annotated[dict[str, Any], Inner]]


def test_a_type_is_written_with_all_that_it_consists_of():
    assert shapes._reached([Outer]) == [Outer, Inner]
    lines = shapes._interface(Outer).splitlines()
    assert lines == [
        "/** Something. */",
        "export interface Outer {",
        '  kind: "a" | "b";',
        "  pairs: [number, string][];",
        "  maybe: (string | null)[];",
        "  named: Record<string, Inner>;",
        "}",
    ]


def test_a_type_that_cannot_be_written_is_an_error():
    with pytest.raises(TypeError, match=r"does not know how TypeScript writes .*set.*"):
        shapes._type(set[int])
