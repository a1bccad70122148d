"""What does this training image do?"""

from dataclasses import replace

from explorer.app import backend, urls
from explorer.app.components.blocks.blocks import draw, menus
from explorer.app.components.gallery.gallery import gallery
from explorer.app.components.image_actions import image_actions
from explorer.app.components.image_tiles import image_tiles
from explorer.app.components.removal_trial.removal_trial import prove_effects
from explorer.app.pages.training_image.notes import noted

run = image_tiles.opened()
index = run.check_train(urls.number("train") or 0)
method = image_tiles.method(run)
scores = backend.effects(run.id, index, method)
image, *sides = image_tiles.effect_sections(run, index, scores, method)
question = "The other way round: which test predictions does one training image help, and which does it harm?"
draw(
    "training",
    image_tiles.head(run, "Training image", question, method),
    gallery(replace(image, acts=image_actions.on_image(run, index)), *sides),
    menus(image_tiles.method_menu(run)),
    on_act=image_actions.listener("training"),
)
prove_effects(run, index, scores, method)
noted(run, index)
