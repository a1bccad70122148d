"""What does this training image do?"""

from explorer.ui import backend, links, parts
from explorer.ui.blocks import draw, menus
from explorer.ui.gallery import gallery
from explorer.ui.proving import prove_effects

run = parts.opened()
index = run.check_train(links.number("train") or 0)
method = parts.method(run)
scores = backend.effects(run.id, index, method)
question = "The other way round: which test predictions does one training image help, and which does it harm?"
draw(
    "training",
    parts.head(run, "Training image", question, method),
    gallery(*parts.effect_sections(run, index, scores, method)),
    menus(parts.method_menu(run)),
)
prove_effects(run, index, scores, method)
