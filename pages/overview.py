"""How good is the model, and for whom not? With one misclassified image already open."""

from explorer.app import backend, screen_text, urls
from explorer.app.components.blocks.blocks import columns, doors, draw, heading, text
from explorer.app.components.confusion.confusion import confusion
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.explanation_sections.explanation_sections import TOP, glimpse_sections
from explorer.app.components.gallery.gallery import gallery
from explorer.app.components.page_head.page_head import page_head

run = current_run()
manifest = run.manifest
good = [
    heading("How good is it?"),
    text(
        f"{manifest.accuracy:.1%} of {manifest.n_test:,} test images are right. The model learnt from "
        f"{manifest.n_train:,} training images of {manifest.title}."
    ),
    *confusion(run),
]
wrong = run.confidently_wrong(0)
wrong = wrong if len(wrong) else run.confidently_wrong()
if len(wrong):
    found = backend.explain(run.id, int(wrong[0]), run.default_method, TOP)
    culprits = [
        heading(f"This {found.label} was called {screen_text.article(found.predicted)}"),
        gallery(*glimpse_sections(run, found)),
        doors(
            ("See all that argue for it and against it", urls.address("explain", **urls.query_state(test=found.index))),
            ("Browse all wrong predictions", urls.address("predictions", **urls.query_state(show="wrong"))),
        ),
    ]
else:
    culprits = [text("No test image is misclassified: there is nothing to debug here.")]
question = "Why did the classifier get it wrong, and which training images are to blame?"
draw("overview", page_head(run, "Influence Explorer", question), columns((3, culprits), (2, good)))
