"""The recipe of small-cnn-smooth by the number of images, and how a manifest keeps it."""

from explorer.models import SMALL_CNN_SMOOTH
from explorer.models.smooth_cnn import Recipe
from explorer.models.smooth_cnn.recipe import MANY
from explorer.models.trained_here import recipe_of, smooth_recipe

# What a run kept before 2026-11-30: without the field that came then.
KEPT_BEFORE = {
    "widths": [32, 64, 64],
    "detail": 6,
    "epochs": 32,
    "batch": 128,
    "rate": 5e-4,
    "decay": 5e-2,
    "warm": 0.3,
    "seed": 3,
    "form": 2,
}


def test_a_run_that_was_kept_before_has_its_recipe_and_its_name():
    assert smooth_recipe(KEPT_BEFORE) == Recipe.of(MANY, 3)
    assert recipe_of(SMALL_CNN_SMOOTH, MANY, 3) == KEPT_BEFORE | {"widths": (32, 64, 64)}


def test_many_images_have_a_recipe_of_their_own_that_is_kept_whole():
    many = Recipe.of(MANY + 1, 3)
    assert many.by_filter
    assert many.widths > Recipe.of(MANY).widths
    kept = recipe_of(SMALL_CNN_SMOOTH, MANY + 1, 3)
    assert smooth_recipe(kept) == many
    # runs that saw all 64 epochs have another name
    assert (many.epochs, kept["seen"]) == (64, 16)
