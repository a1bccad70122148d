"""What does this training image do?"""

from explorer.attribution import ESTIMATORS
from explorer.ui import backend, links, parts
from explorer.ui.blocks import draw, menus
from explorer.ui.gallery import gallery

run = parts.opened()
index = run.check_train(links.number("train") or 0)
method = links.one_of("method", list(ESTIMATORS), "newton")
sections = parts.effect_sections(run, index, backend.effects(run.id, index, method), method)

question = "The other way round: which test predictions does one training image help, and which does it harm?"
draw("training", parts.head(run, "Training image", question), gallery(*sections), menus(parts.method_menu()))
