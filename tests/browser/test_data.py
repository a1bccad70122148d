"""Data of one's own in a real browser: dropped, checked, built, opened; what is wrong is said, and names are only text.

Slow, because an uploaded data set is checked, and a network trained on it.
"""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from tests.support.chromium import SETTLED, watched
from tests.support.hostile_data import encoded, zipped

# Names of classes and files that a page must not take for more than text.
CAT, DOG = "cat <img src=x onerror=alert(1)>", "dog & co"
BROKEN = "<b>broken<b>.png"


def pictures(seed, each=12):
    """A ZIP of two classes of small pictures, one file that is none, and one picture that is there twice."""
    rng = np.random.default_rng(seed)
    files = {}
    for row, label in enumerate((CAT, DOG)):
        for number in range(each):
            pixels = rng.integers(100, size=(16, 16, 3)) + 120 * row
            files[f"pets/{label}/{number}.png"] = encoded(Image.fromarray(pixels.astype(np.uint8)))
    return zipped(files | {f"pets/{DOG}/{BROKEN}": b"no picture"})


@pytest.fixture(scope="module")
def here(alone, server):
    """The address of a server whose home is this module's own, and the folder of its uploads."""
    folder = alone / "data/uploads"  # beside the data of all tests
    shutil.rmtree(folder, ignore_errors=True)
    yield server, folder
    shutil.rmtree(folder, ignore_errors=True)


def dropped(page, server, content, name="pets.zip"):
    page.goto(f"{server}/data")
    page.locator(SETTLED).wait_for()
    page.locator("input[type=file]").first.set_input_files({"name": name, "mimeType": "", "buffer": content})


def stored(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_zip_is_dropped_checked_built_and_opened(page, here):
    server, folder = here
    dropped(page, server, pictures(0))
    page.get_by_text("pets.zip").wait_for()
    page.get_by_text("is stored and used.").wait_for()
    network = page.get_by_role("combobox", name="Network")
    network.fill("small-cnn")
    network.press("Enter")
    page.get_by_role("button", name="Check", exact=True).click()
    table = page.get_by_role("region", name="Pictures of each class")
    table.wait_for(timeout=60_000)
    rows = table.locator("tr").all_inner_texts()[1:]
    assert [row.rstrip("\t") for row in rows] == [f"{CAT}\t10\t2", f"{DOG}\t10\t2"]
    seen = table.locator("img")
    seen.first.scroll_into_view_if_needed()
    assert seen.count() == 6
    seen.first.evaluate("picture => picture.decode()")  # raises where it is not shown
    left_out = page.get_by_role("region", name="Files that are left out")
    assert BROKEN in left_out.inner_text()
    assert "check=" in page.url
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download report").click()
    report = json.loads(waiting.value.path().read_bytes())
    assert report["classes"][CAT] == {"train": 10, "test": 2}
    assert [one["file"] for one in report["skipped"]] == [f"{DOG}/{BROKEN}"]
    page.get_by_role("button", name="Start", exact=True).click()
    page.get_by_role("link", name="Open it", exact=True).click(timeout=60_000)
    page.wait_for_url(lambda address: "/data" not in address)
    page.get_by_text(CAT).first.wait_for()
    assert [name.partition("-")[0] for name in stored(folder)] == ["name.json", "upload"]


def test_a_zip_without_classes_is_refused_and_leaves_nothing(browser, here):
    server, folder = here
    before = stored(folder)
    with watched(browser) as page:
        dropped(page, server, zipped({"only/1.png": encoded(Image.new("RGB", (8, 8)))}), "<i>one</i>.zip")
        page.get_by_text("<i>one</i>.zip").first.wait_for()
        page.get_by_text("is stored and used.").wait_for()
        page.get_by_role("button", name="Check", exact=True).click()
        page.get_by_text("at least two are needed, one a class").wait_for(timeout=60_000)
    assert stored(folder) == before
