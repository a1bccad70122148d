"""One mistake with what argues for each answer, and the proof; then how good the model is, and for whom not."""

from explorer.app.components.blocks.blocks import draw, heading, text
from explorer.app.components.confusion.confusion import confusion
from explorer.app.components.current_case.current_case import current_run
from explorer.app.components.page_head.page_head import page_head
from explorer.app.pages.overview.first_screen import first_screen
from explorer.app.screen_text import percent

run = current_run()
manifest = run.manifest
learnt_from = f"The model learnt from {manifest.n_train:,} training images of {manifest.title}."
question = "Why did the classifier get it wrong, and which training images are to blame?"
draw(
    "overview",
    page_head(run, "Influence Explorer", question),
    *first_screen(run),
    heading("How good is it?"),
    text(f"{percent(manifest.accuracy)} of {manifest.n_test:,} test images are right. {learnt_from}"),
    *confusion(run),
)
