"""Where the program shows what a word of the glossary means: the word's name, what the link says, and the page with its state."""

from explorer.app import urls

_STEPS = {
    "Risk": (2, ("risk", "empirical risk", "loss", "penalty λ", "weights", "class")),
    "Leave one out": (3, ("leave-one-out", "refit", "score", "helpful", "harmful")),
    "Up-weighting": (4, ("up-weighting", "influence", "first-order", "gradient", "slope")),
    "Curvature": (5, ("Hessian", "inverse Hessian", "conjugate gradients", "convex", "rank correlation")),
    "Outliers": (6, ("Cook's distance", "leverage", "residual", "outlier", "influential")),
    "Repair": (7, ("group", "last layer", "mislabelled")),
}
_PAGES: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    "Overview": ("overview", {}, ("accuracy", "confusion matrix", "run")),
    "Predictions": ("predictions", {}, ("margin", "test image", "probability")),
    "Explain": ("explain", {}, ("newton", "flipping set", "logit", "nat", "relatif", "tracin", "total influence")),
    "Training image": ("training_image", {}, ("training image", "self-influence")),
    "Suspects": ("suspects", {}, ("suspect", "queue", "audit", "label", "trusted", "confident learning")),
    "Duplicates": ("suspects", {"view": "duplicates"}, ("duplicate",)),
    "What cleaning is worth": ("suspects", {"view": "cleaning"}, ("cleaning curve", "by chance")),
    "Retrain": ("retrain", {}, ("decision",)),
    "Trust": ("trust", {}, ("linear datamodeling score", "correlation", "confidence interval", "bootstrap")),
    "Map": ("map", {}, ("principal components", "t-SNE", "features")),
    "Plant a bug": ("learn", {"view": "game"}, ("planted", "false alarm")),
    "Data and models": ("data", {}, ("backbone", "small-cnn", "checkpoint", "seed")),
    "The experiment": ("learn", {"view": "experiments", "name": "saliency"}, ("saliency",)),
    "The attack": ("learn", {"view": "experiments", "name": "training-attack"}, ("attack",)),
    "The artefact": ("learn", {"view": "experiments", "name": "artefact"}, ("artefact",)),
    "The mismatch": ("learn", {"view": "experiments", "name": "domain-mismatch"}, ("domain mismatch",)),
}


def glossary_places() -> dict[str, tuple[str, str]]:
    """Return what a link says and its address, by the word that is shown there; words that no screen shows alone are missing."""
    run = urls.param("run")
    places = {
        word: (f"Step {step}: {title}", urls.address("learn", step=step, run=run))
        for title, (step, words) in _STEPS.items()
        for word in words
    }
    for title, (page, state, words) in _PAGES.items():
        places |= {word: (title, urls.address(page, **state, run=run)) for word in words}
    return places
