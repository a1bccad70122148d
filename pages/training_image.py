"""What does this training image do?"""

from dataclasses import replace

from explorer.ui import acting, backend, links, parts
from explorer.ui.blocks import draw, menus
from explorer.ui.gallery import gallery
from explorer.ui.noting import noted
from explorer.ui.proving import prove_effects

run = parts.opened()
index = run.check_train(links.number("train") or 0)
method = parts.method(run)
scores = backend.effects(run.id, index, method)
image, *sides = parts.effect_sections(run, index, scores, method)
question = "The other way round: which test predictions does one training image help, and which does it harm?"
draw(
    "training",
    parts.head(run, "Training image", question, method),
    gallery(replace(image, acts=acting.on_image(run, index)), *sides),
    menus(parts.method_menu(run)),
    on_act=acting.listener("training"),
)
prove_effects(run, index, scores, method)
noted(run, index)
