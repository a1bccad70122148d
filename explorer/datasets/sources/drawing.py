"""Draw cats, wild cats and dogs: the pictures of the synthetic data set.

A point is a complex number, x to the right and y down, so that a frame (move, turn, scale) is one product and one
sum. Heads and bodies have frames about two units wide; the canvas spans -1 to 1. Figures are written as text:
statements divided by ``;``, each a colour (outlined and shaded, or flat after ``~``) and shapes joined by `` + ``;
after `` > `` come marks inside it. A shape is a form (in the plural: it and its mirror image), its points, and for
strokes and ovals two radii before them, all in hundredths.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageOps

Curve = NDArray[np.complex128]
Colour = tuple[int, ...]
KINDS = ("cat", "wild cat", "dog")
OVERSAMPLING = 4
INK, WHITE, PINK, DUSK = (44, 34, 38), (255, 252, 246), (226, 142, 140), (30, 16, 50)
# Main colour, light parts (muzzle, chest), dark parts, pattern, and who wears it, as often as named.
COATS = """a08060 e4d0b6 584030 stripes cat cat dog | e8984c fce2be ba6226 stripes cat cat
| 9c9ea6 dedee2 585a64 stripes cat cat | eadac2 f0e4d2 604638 points cat cat | 4a4650 6c6672 28262c plain cat dog
| f6f1ea fffcf8 dccdc3 plain cat dog | 4a4850 f6f3f0 28262c bib cat dog | f6f0e6 fffaf4 d68a4a patches cat dog
| 868ea0 a6acba 5a6070 plain cat dog | 8e5c3a c4946c 5c3a26 plain dog dog cat | f4f2ee fffcf8 36323a spots dog dog
| e4b670 f8e0b2 b88246 plain dog dog cat | 84868f f4f4f6 54545e bib dog dog | cc965e e2b886 463632 points dog dog
| ba7644 fcf6ee 46322c bib dog cat | 4a3c38 c08a58 2e2626 bib dog | dcaa62 f4dcae 8e522a mane wild wild
| ce9650 f0d4a0 5c3624 mane wild | ec8a32 fff6e8 2e2020 stripes wild wild | f0a050 fff6e8 3a2622 stripes wild
| d6ac74 f4e2c0 785438 plain wild wild | e4b262 fae8c2 3e2a22 rosettes wild wild
| d0d0d4 f0f0f2 4a4850 rosettes wild | 46424c 66606c 24222a plain wild"""
# Further colours: name, from, to, share in hundredths, and for which patterns or brightness (else for all).
MIXES = """deep base dark 75 | ear base dark 10 | ear base dark 75 points patches | inner ear pink 60 | sock ear ear 0
| sock light light 0 bib | tuft dark base 35 | rim base ink 85 | rim base white 30 night | line light ink 77
| far base ink 25 | nose pink ink 5 | snout pink ink 35 | shine ink white 50 | bridge base light 25
| chest base light 70 | heart base dark 40 | hair white white 0 | hair base ink 70 day"""
# Sky or wall, horizon, ground; then ovals (of few sides: triangles, boxes): colour, count, y, spread, radii, sides.
SCENES = {
    "room": "ecdec8 dec8b0 b08460, c4e2f0 1 -50 10 50 50 4, d66e68 1 80 5 90 22 28",
    "den": "aac4ca bed2d0 d6c4ac, ece0c4 2 -50 15 24 30 4, 5c84a0 1 80 5 90 22 28",
    "studio": "cebedc e6d8e8 beaed0, f0e4ea 1 0 10 85 85 40",
    "garden": "8ec8ec d6ecf0 80b65c, fffcf6 4 -70 15 30 12 20, 549054 7 15 5 30 25 20, f6d660 12 75 20 4 4 8",
    "savanna": "fac474 ffe8b2 cea654, fff6ce 1 -35 20 22 22 28, 7a8446 3 -12 6 34 10 20, e2c26c 16 60 40 3 16 3",
    "forest": "7cac80 bcd69e 6e8c50, 60503e 7 -20 5 8 110 20, 467c4e 10 -85 15 30 22 20, 4c8c50 12 30 20 10 22 3",
    "snow": "aac4e0 e2ecf4 eef2f8, 688c94 8 0 6 20 50 3, fffcf6 30 0 70 3 3 8",
}
_HOME = "room den studio garden room den garden snow forest"  # cats and dogs alike: no clue to the label
_WILD = "savanna forest snow savanna forest snow savanna forest garden studio"
# Ears, eyes, scenes, girth.
CHOICES = {
    "cat": ("pointed " * 7 + "folded", "96c854 ecbe3e 70b8e2 de8c34", _HOME, 0.84),
    "wild cat": ("round", "e8b03c ceaa50 aabe78", _WILD, 1.08),
    "dog": ("floppy " * 5 + "tipped tipped upright upright pointed", "5c3824 462e24 8c5a2c 5c3824 78b4dc", _HOME, 1.0),
}
# Part seen, place and size of the head, place and turn of the tail, range of sizes; the body's ground is y = 1.
POSES = {
    "portrait": ("front", 0.05j, 0.8, 4j, 0.0, (0.64, 0.8)),
    "sitting": ("front", -0.5j, 0.56, 0.5 + 0.8j, 1.8, (0.56, 0.7)),
    "walking": ("side", 0.78 - 0.52j, 0.47, -0.9 - 0.1j, 0.0, (0.56, 0.7)),
    "lying": ("side", 0.55 - 0.1j, 0.52, -0.9 + 0.6j, 0.0, (0.56, 0.7)),
}
FIGURES = """portrait: base limb 55 95 70j 190j{fur} > chest oval 26 50 20j
| sitting: base limb 30 50 -30j 10j 50j + limbs 30 26 42+60j 46+72j{fur} > chest oval 26 50 20j;
  base limbs 15 13 20+20j 21+55j 22+90j > sock ovals 20 14 22+96j
| walking: far limb 18 10 -48+10j -44+45j -36+86j + limb 16 10 40+10j 36+45j 40+86j; base limb 34 37 -70 0 55-5j
  + limb 32 26 50-10j 75-45j + limb 26 11 -74+8j -86+45j -76+91j + limb 22 11 62+10j 64+50j 64+91j{fur}
  > sock oval 20 14 -76+97j + oval 20 14 64+97j
| lying: base limb 40 36 -62+50j -10+42j 45+40j{fur}; base limb 16 11 45+60j 75+85j 100+88j > sock oval 14 14 104+88j;
  base limb 30 12 -70+60j -60+80j -30+88j > sock oval 16 14 -26+90j
| cat tail: base limb 10 8 0 -30-5j -42-45j -30-80j > deep oval 14 16 -30-80j
| wild cat tail: base limb 9 11 0 -25+12j -48+10j -60-20j > deep oval 15 17 -60-20j
| dog tail: base limb 12 7 0 -20-15j -30-45j -16-62j > deep oval 14 16 -16-62j
| pointed: ear blobs 16-60j 50-100j 82-132j 84-130j 98-75j 88-15j
  > inner blobs 38-65j 59-95j 77-116j 78-115j 85-84j 79-48j
| upright: ear blobs 14-60j 40-110j 62-142j 64-142j 84-92j 76-30j
  > inner blobs 32-68j 45-103j 57-122j 60-122j 71-94j 66-60j
| round: ear blobs 36-70j 46-104j 80-110j 100-80j 90-48j 60-40j > inner ovals 17 19 70-78j
| folded: ear blobs 26-66j 50-90j 80-84j 94-54j 80-42j 56-54j
| tipped: ear blobs 30-70j 50-110j 84-104j 110-62j 94-50j 70-40j
| floppy: deep blobs 40-74j 78-70j 108-10j 106+42j 80+46j 64-10j | tongue: pink oval 16 30 92j
| cat head: base half 20-76j 66-60j 98 84+42j 30+78j{fur}
| wild cat head: base half 20-84j 64-68j 88-10j 80+40j 40+92j{fur}
| dog head: base half 20-82j 60-66j 76-10j 62+40j 30+70j{fur} | mane: dark mane 136 0 10j > tuft mane 112 0 8j
| cat eyes: ~rim ovals 28 25 43-6j; ~iris ovals 23 20 43-6j; ~ink ovals 7 18 43-6j; ~white ovals 6 6 48-15j
| wild cat eyes: ~rim ovals 18 17 41-16j; ~iris ovals 15 13 41-16j; ~ink ovals 8 8 41-16j; ~white ovals 4 4 45-22j
| dog eyes: ~rim ovals 19 18 37-20j; ~iris ovals 16 15 37-20j; ~ink ovals 9 9 37-20j; ~white ovals 4 4 41-26j
| cat muzzle: ~light oval 14 12 55j + ovals 22 17 16+48j; ~line limbs 2.8 2 40j 52j 12+57j 24+52j;
  ~nose half 5+29j 13+30j 3+43j; ~hair limbs 2 1 20+38j 115+38j + limbs 2 1 20+48j 115+64j + limbs 2 1 20+57j 115+87j
| wild cat muzzle: ~bridge limb 26 12 60j -12j; ~light oval 22 18 84j + ovals 33 26 24+60j;
  ~line limbs 2.8 2 52j 71j 18+79j 36+71j; ~snout half 5+37j 20+38j 3+58j; ~hair limbs 2 1 30+50j 115+50j
  + limbs 2 1 30+60j 115+76j + limbs 2 1 30+69j 115+99j
| dog muzzle: light half 12-8j 32+22j 44+62j 26+88j; ~line limbs 3 2.5 57j 72j 14+80j 32+70j; ~ink oval 25 19 34j;
  ~shine oval 9 4.5 -6+27j
| points on head: > deep oval 56 62 40j | points on side: > deep oval 80 30 -32j
| bib on head: > light limb 6 30 -90j 30j + oval 60 45 62j | bib on side: > light oval 30 55 75-10j
| bib on front: > light oval 30 55 20j
| stripes on head: > dark limb 7 2 -90j -40j + limbs 7 2 30-90j 18-40j + limbs 7 2 105+5j 66
  + limbs 7 2 105+32j 66+28j"""
FIGURE = dict(figure.split(":", 1) for figure in " ".join(FIGURES.split()).split(" | "))
FIGURE["stripes on side"] = " > dark " + " + ".join(f"limb 7 2 {x}-60j {x + 12}+32j" for x in range(-100, 101, 24))
FIGURE["stripes on front"] = " > dark " + " + ".join(f"limbs 7 2 105{y:+}j 20{y + 4:+}j" for y in range(-10, 110, 22))
SPECKLES = {"spots": (44, 11, 50), "rosettes": (27, 8, 58), "patches": (75, 36, 0)}  # gap, radius, clear of the face
# Catmull and Rom (1974): weights of four neighbouring points at eight steps between the middle two.
_SPLINE = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
_STEPS = (np.arange(8)[:, None] / 8) ** np.arange(4) @ _SPLINE
# Off-centre, so that light comes from above left; small, because it is enlarged to every shape.
_LIGHT = Image.radial_gradient("L").crop((40, 50, 256, 256)).resize((32, 32))
_SHADE = _LIGHT.point([max(0, level - 70) for level in range(256)])


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return ``a`` moved towards ``b`` by ``share`` in [0, 1]."""
    return tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True))


def tint(text: str, rng: np.random.Generator, amount: float) -> Colour:
    """Return a colour near the hexadecimal one: in brightness by ``amount``, in hue by half of it."""
    shift = rng.normal(0, amount) + rng.normal(0, amount / 2, 3)
    return tuple(min(255, max(0, round(c + s))) for c, s in zip(bytes.fromhex(text), shift, strict=True))


def oval(centre: complex, rx: float, ry: float, sides: int) -> Curve:
    """Return an ellipse; with few sides a triangle (3) or an upright rectangle (4)."""
    angle = np.pi * ((2 * np.arange(sides) + (sides == 4)) / sides - 0.5)
    return centre + rx * np.cos(angle) + 1j * ry * np.sin(angle)


def smooth(path: Curve) -> Curve:
    """Return the closed Catmull-Rom curve through ``path``, eight samples a side."""
    return np.ravel((_STEPS @ path[(np.arange(len(path)) + np.arange(-1, 3)[:, None]) % len(path)]).T)


def limb(path: Curve, start: float, end: float) -> Curve:
    """Return the outline of a rounded stroke along ``path``, radius ``start`` to ``end``."""
    near = path[np.clip(np.arange(-1, 3)[:, None] + np.arange(len(path) - 1), 0, len(path) - 1)]
    line = np.append((_STEPS @ near).T.ravel(), path[-1])
    step = np.diff(line, append=2 * line[-1] - line[-2])
    side = 1j * step / np.abs(step) * np.linspace(start, end, len(step))
    cap = np.exp(-1j * np.pi * np.arange(9) / 8)
    return np.concatenate((line + side, line[-1] + side[-1] * cap, (line - side)[::-1], line[0] - side[0] * cap))


FORMS: dict[str, Callable[..., Curve]] = {
    "oval": lambda path, a, b: oval(path[0], a, b, 24 if a > 0.1 else 9),
    "limb": limb,
    "mane": lambda path, a, b: smooth(path + oval(0, a, a, 28) * np.tile([0.98, 1.1], 14)),
    "blob": smooth,
    "half": lambda path: smooth(np.concatenate((path, -np.conj(path)[::-1]))),
}


@lru_cache(maxsize=512)
def shapes(text: str, girth: float) -> list[Curve]:
    """Return the curves of a text such as ``"oval 20 14 5j + limbs 9 7 0 30-20j"``, radii times ``girth``."""
    curves: list[Curve] = []
    for form, *words in map(str.split, text.split(" + ")):
        plural, radii = form.endswith("s"), 0 if form[:4] in ("blob", "half") else 2
        points = np.array([complex(word) for word in words[radii:]]) / 100
        curve = FORMS[form[:4]](points, *(float(word) * girth / 100 for word in words[:radii]))
        curves += [curve, -np.conj(curve)] if plural else [curve]
    return curves


@dataclass(frozen=True)
class Pen:
    """An image, a frame (local point z lies at pixel ``origin + factor * z``) and colours by name."""

    image: Image.Image
    origin: complex
    factor: complex
    palette: dict[str, Colour]

    def at(self, place: complex, scale: float = 1, angle: float = 0) -> "Pen":
        """Return the pen of a frame inside this one; ``angle`` in radians, clockwise."""
        turn = complex(scale * np.exp(1j * angle))
        return replace(self, origin=self.origin + self.factor * place, factor=self.factor * turn)

    def pixels(self, curve: Curve) -> list[float]:
        """Return x, y, x, y, ... in pixels."""
        xy: list[float] = (self.origin + self.factor * curve).view(np.float64).tolist()
        return xy

    def flat(self, curves: Iterable[Curve], colour: Colour) -> None:
        """Paint shapes without outline; a fourth number in ``colour`` is their opacity, to 255."""
        pencil = ImageDraw.Draw(self.image, "RGBA" if len(colour) == 4 else None)
        for curve in curves:
            pencil.polygon(self.pixels(curve), colour)

    def solid(self, curves: list[Curve], colour: Colour, marks: Iterable[tuple[Colour, list[Curve]]]) -> None:
        """Paint the union of ``curves`` with one outline, ``marks`` inside it, and soft shade."""
        mask = Image.new("L", self.image.size)
        pencil, stencil = ImageDraw.Draw(self.image), ImageDraw.Draw(mask)
        for xy in map(self.pixels, curves):
            pencil.line(xy + xy[:4], mix(colour, INK, 0.8), self.image.width // 32)
            stencil.polygon(xy, 255)
        if box := mask.getbbox():  # else wholly outside the picture
            layer = Image.new("RGB", (box[2] - box[0], box[3] - box[1]), colour)
            inside = replace(self, image=layer, origin=self.origin - complex(*box[:2]))
            for paint, spots in marks:
                inside.flat(spots, paint)
            layer.paste(mix(colour, DUSK, 0.8), (0, 0), _SHADE.resize(layer.size, Image.Resampling.BILINEAR))
            self.image.paste(layer, box[:2], mask.crop(box))

    def write(self, figure: str, girth: float = 1) -> None:
        """Paint a figure written as text; see the top of this file."""
        for statement in figure.split("; "):
            (colour, text), *rest = (layer.split(maxsplit=1) for layer in statement.split(" > "))
            if colour.startswith("~"):
                self.flat(shapes(text, girth), self.palette[colour[1:]])
            else:
                marks = [(self.palette[name], shapes(spots, girth)) for name, spots in rest]
                self.solid(shapes(text, girth), self.palette[colour], marks)


def choose_coat(kind: str, rng: np.random.Generator) -> tuple[str, dict[str, Colour]]:
    """Return the pattern of a random coat and the colours of the animal, by name."""
    rows = [row.split() for row in COATS.split("|")]
    worn = [row[:4] for row in rows for who in row[4:] if kind.startswith(who)]
    *hexes, pattern = worn[rng.integers(len(worn))]
    names, texts = ("base", "light", "dark", "iris"), (*hexes, rng.choice(CHOICES[kind][1].split()))
    palette = {name: tint(text, rng, 9) for name, text in zip(names, texts, strict=True)}
    glow = "night" if sum(palette["base"]) < 300 else "day" if sum(palette["base"]) > 520 else ""
    palette |= {"ink": INK, "white": WHITE, "pink": PINK}
    for name, a, b, share, *who in map(str.split, MIXES.split("|")):
        if not who or pattern in who or glow in who:
            palette[name] = mix(palette[a], palette[b], int(share) / 100)
    return pattern, palette


@lru_cache(maxsize=256)
def fur(pattern: str, part: str, seed: int) -> str:
    """Return a pattern's marks on the head, side or front; small speckles leave the face clear."""
    if pattern not in SPECKLES:
        return FIGURE.get(f"{pattern} on {part}", "")
    gap, radius, clear = SPECKLES[pattern]
    x, y = np.mgrid[-110:111:gap, -70:96:gap]
    places = (x + 1j * y).ravel() + np.random.default_rng(seed).normal(0, gap / 6, (x.size, 2)) @ np.array([1, 1j])
    spots = " + ".join(f"oval {radius} {radius} {z:.0f}" for z in places if part != "head" or abs(z - 15j) > clear)
    hearts = " > heart " + spots.replace(f"oval {radius} {radius}", "oval 4 4")
    return " > dark " + spots + hearts * (pattern == "rosettes")


def paint_head(pen: Pen, kind: str, pattern: str, rng: np.random.Generator) -> None:
    """Paint a head about two units wide around the origin, its face turned a little aside."""
    turn, ear = rng.uniform(-0.3, 0.3), str(rng.choice(CHOICES[kind][0].split()))
    parts = [(pen, FIGURE[f"{kind} head"].format(fur=fur(pattern, "head", int(rng.integers(8)))))]
    ears = pen.at(0.03j * rng.normal(), rng.uniform(0.94, 1.05)), FIGURE[ear]
    parts.insert(ear in ("folded", "floppy", "tipped"), ears)  # hanging ears lie over the head
    parts += [(pen.at(turn * 0.42), FIGURE["tongue"])] * int(kind == "dog" and rng.random() < 0.5)
    parts += [(pen.at(turn * 0.42), FIGURE[f"{kind} muzzle"]), (pen.at(turn * 0.3), FIGURE[f"{kind} eyes"])]
    for frame, figure in [(pen, FIGURE["mane"])] * (pattern == "mane") + parts:
        frame.write(figure)


def paint_scene(size: int, rng: np.random.Generator, name: str) -> Image.Image:
    """Return a background, ``OVERSAMPLING`` times as large as the picture."""
    width = size * OVERSAMPLING
    colours, *props = SCENES[name].split(", ")
    top, low, ground = (tint(c, rng, 14) for c in colours.split())
    image = Image.new("RGB", (width, width), top)
    image.paste(low, (0, 0), Image.linear_gradient("L").resize((width, width)))
    pen = Pen(image, width / 2 * (1 + 1j), width / 2, {})
    left, right = 1j * (rng.uniform(0.05, 0.4) + rng.normal(0, 0.03, 2))
    pen.flat([np.array([left - 1, right + 1, 1 + 1j, -1 + 1j])], ground)
    for colour, *numbers in map(str.split, props):
        count, y, spread, rx, ry, sides = map(int, numbers)
        spots = rng.uniform(-1, 1, count) + 1j * rng.normal(y, spread, count) / 100
        scales = zip(spots, rng.uniform(0.007, 0.013, count), strict=True)
        pen.flat([oval(z, rx * s, ry * s, sides) for z, s in scales], tint(colour, rng, 12))
    return image


def develop(image: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Vary contrast, tint and brightness, and add slight noise."""
    gain = rng.uniform(0.8, 1.12) * rng.normal(1, 0.025, 3)
    pixels = (np.asarray(image) - 128.0) * gain + 128 + rng.normal(0, 9)
    noise = rng.normal(0, rng.uniform(1, 4), pixels.shape)
    return Image.fromarray(np.clip(pixels + noise, 0, 255).astype(np.uint8))


def draw(kind: str, rng: np.random.Generator, size: int = 64) -> Image.Image:
    """Return a random RGB picture, ``size`` pixels square, of one of ``KINDS``."""
    if kind not in KINDS:
        raise ValueError(f"kind is {kind!r}; choose one of {', '.join(KINDS)}")
    canvas = paint_scene(size, rng, rng.choice(CHOICES[kind][2].split()))
    pattern, palette = choose_coat(kind, rng)
    pose = str(rng.choice(("portrait", "sitting", "walking", "lying"), p=(0.42, 0.26, 0.16, 0.16)))
    part, head, head_size, tail, tail_turn, sizes = POSES[pose]
    pen = Pen(canvas, canvas.width / 2 * (1 + 1j), canvas.width / 2, palette)
    pen = pen.at(complex(*rng.normal(0, 0.06, 2)) + 0.1j, rng.uniform(*sizes), rng.normal(0, 0.09))
    pen.flat([oval(0.95j, 1.05, 0.13, 24)] * (pose != "portrait"), (*INK, 80))
    pen.at(tail, 1, tail_turn).write(FIGURE[f"{kind} tail"])
    pen.write(FIGURE[pose].format(fur=fur(pattern, part, int(rng.integers(8)))), CHOICES[kind][3])
    paint_head(pen.at(head, head_size, rng.normal(0, 0.08)), kind, pattern, rng)
    picture = canvas.resize((size, size), Image.Resampling.LANCZOS)
    return develop(ImageOps.mirror(picture) if rng.random() < 0.5 else picture, rng)
