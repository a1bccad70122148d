"""Files under a picture's name that are none, each with the reason why it is here and what is said of it."""

import struct
import zlib

from PIL import Image

from explorer.datasets.picture import MOST_PIXELS
from tests.support.hostile_data import bmp, chunk, encoded, gif, good, many_scans, noise, png, trap, zipped

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PAGE = b"<!DOCTYPE html><html><script>fetch('/')</script></html>"


# Files under a picture's name that are skipped: the reason why each is here, its content, what is said of it

BOMB = MOST_PIXELS // 1000 + 1
FILES = {
    "empty": ("an interrupted download", lambda: b"", "it is empty"),
    "text": ("anything may be called .jpg", lambda: b"no picture at all", "no known format"),
    "web page": ("a server's error page, saved", lambda: PAGE, "a web page"),
    "web page after blanks": ("a check of the first byte misses it", lambda: b"\xef\xbb\xbf \r\n" + PAGE, "a web page"),
    "drawing": ("an SVG runs scripts in a browser", lambda: SVG, "an SVG drawing"),
    "drawing in XML": ("most SVGs begin so", lambda: b"<?xml version='1.0'?>" + SVG, "an SVG drawing"),
    "entities": ("a billion laughs", lambda: b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'ha'>]>", "it is XML"),
    "PDF": ("scans come as PDF", lambda: b"%PDF-1.7\n", "it is a PDF"),
    "PostScript": ("Pillow would hand it to Ghostscript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "which is a program"),
    "archive": ("a ZIP under another name", lambda: zipped({"a.png": good("a", 1)}), "a ZIP archive, not a picture"),
    "LFS pointer": ("a clone without git lfs pull", lambda: b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
    "pickle": ("loading it would make a folder", lambda: trap("made-by-a-pickle"), "no known format"),
    "truncated JPEG": ("the commonest damage", lambda: noise()[:-100], "cut short"),
    "truncated PNG": ("its head is whole", lambda: noise("PNG")[:300], "cut short|damaged"),
    "truncated GIF": ("its head is whole", lambda: noise("GIF")[:900], "cut short"),
    "truncated WebP": ("its head is whole", lambda: noise("WEBP")[:80], "damaged"),
    "truncated TIFF": ("its directory lies at the end", lambda: noise("TIFF")[:200], "cut short|no known format"),
    "truncated BMP": ("its head is whole", lambda: noise("BMP")[:200], "cut short"),
    "overwritten PNG": (
        "its checksum is wrong",
        lambda: noise("PNG")[:60] + b"\xff" * 9 + noise("PNG")[69:],
        "damaged",
    ),
    "JPEG with ZIP": ("a polyglot", lambda: noise() + zipped({"a.html": PAGE}), "a picture and a ZIP archive at once"),
    "GIF with script": ("a polyglot for a browser", lambda: noise("GIF") + PAGE, "a picture and a web page or program"),
    "PNG with PHP": (
        "a polyglot for a server",
        lambda: png(1, 1, chunk(b"tEXt", b"a\0<?php system('id'); ?>"), data=b"\0\0\0\0"),
        "a picture and a web page or program",
    ),
    "JPEG with PDF": ("a polyglot", lambda: noise(comment=b"%PDF-1.7 1 0 obj"), "a picture and a PDF at once"),
    "PNG bomb": ("a kilobyte claims a gigabyte", lambda: png(1000, BOMB), f"at most {MOST_PIXELS:,} can be read"),
    "wide PNG bomb": ("a row of two billion pixels", lambda: png(2**31 - 1, 1), "too many pixels|at most"),
    "real PNG bomb": (
        "all its pixels are there, packed a thousandfold",
        lambda: png(9000, 9000, data=bytes(9000 * 27_001)),
        "9,000 × 9,000 pixels; at most",
    ),
    "line": (
        "enlarged to 224 px it would take 10 GB",
        lambda: encoded(Image.new("L", (50_000, 1))),
        "50,000 × 1 pixels; no side may be 200 times the other",
    ),
    "BMP bomb": ("its head alone", lambda: bmp(60_000, 60_000), "pixels|too many"),
    "GIF bomb": ("its head alone", lambda: gif(65_535, 65_535), "too many pixels"),
    "negative BMP": ("a size below 0", lambda: bmp(-5, -5), "too many pixels"),
    "PNG without width": ("a size of 0", lambda: png(0, 5), "."),
    "PNG with text bomb": (
        "text that unpacks to 80 MB",
        lambda: png(1, 1, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80 * 2**20), 1)), data=b"\0\0\0\0"),
        "its content is damaged",
    ),
    "JPEG of scans": ("each is decoded over all pixels", many_scans, "more than 100 scans"),
    "icon": (
        "formats that nobody asked for stay closed",
        lambda: encoded(Image.new("RGB", (16, 16)), "ICO"),
        "no known",
    ),
    "huge chunk": ("its length is a lie", lambda: png(4, 4)[:33] + struct.pack(">I", 2**31 - 1) + b"IDATx", "."),
}
