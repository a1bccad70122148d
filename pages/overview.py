"""How good is the model, and for whom not? With one misclassified image already open."""

from explorer.ui import backend, links, parts, words
from explorer.ui.blocks import columns, doors, draw, heading, text
from explorer.ui.gallery import gallery
from explorer.ui.overview import confusion

run = parts.opened()
facts = run.manifest
good = [
    heading("How good is it?"),
    text(
        f"{facts['accuracy']:.1%} of {facts['n_test']:,} test images are right. The model learnt from "
        f"{facts['n_train']:,} training images of {facts['title']}."
    ),
    *confusion(run),
]
wrong = run.confidently_wrong(0)
wrong = wrong if len(wrong) else run.confidently_wrong()
if len(wrong):
    found = backend.explain(run.id, int(wrong[0]), run.default_method, parts.TOP)
    culprits = [
        heading(f"This {found.label} was called {words.article(found.predicted)}"),
        gallery(*parts.glimpse_sections(run, found)),
        doors(
            ("See all that taught it this", links.address("explain", **links.here(test=found.index))),
            ("Browse all wrong predictions", links.address("predictions", **links.here(show="wrong"))),
        ),
    ]
else:
    culprits = [text("No test image is misclassified: there is nothing to debug here.")]
question = "Why did the classifier get it wrong, and which training images taught it that?"
draw("overview", parts.head(run, "Influence Explorer", question), columns((3, culprits), (2, good)))
