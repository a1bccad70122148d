"""What does this training image do?"""

from explorer.attribution import ESTIMATORS
from explorer.ui import backend, links, parts
from explorer.ui.gallery import gallery

run = parts.opened()
index = run.check_train(links.number("train") or 0)
method = links.one_of("method", list(ESTIMATORS), "newton")
sections = parts.effect_sections(run, index, backend.effects(run.id, index, method), method)

parts.head(
    run,
    "Training image",
    "The other way round: which test predictions does one training image help, and which does it harm?",
)
gallery("effects", *sections)
links.choice("method", "How the score is computed", list(ESTIMATORS), "newton", help=parts.METHODS, width=320)
