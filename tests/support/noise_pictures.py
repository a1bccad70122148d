"""Two classes of small noisy pictures in folders: a network of its own is trained on them in a second."""

import numpy as np
from PIL import Image


def written(folder, train, test, size=32):
    """Dark cats and light dogs: so many training and test pictures a class; the same at every call."""
    rng = np.random.default_rng(0)
    for side, count in (("train", train), ("test", test)):
        for light, name in ((0, "cat"), (100, "dog")):
            (folder / side / name).mkdir(parents=True)
            for row in range(count):
                pixels = rng.integers(light, light + 120, (size, size, 3)).astype(np.uint8)
                Image.fromarray(pixels).save(folder / side / name / f"{row}.png")
    return folder
