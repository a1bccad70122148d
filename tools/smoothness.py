"""Which recipe of ``small-cnn-smooth`` is accurate and smooth: accuracy, metasmoothness, and what differentiating its training costs.

``python -m tools.smoothness cats-vs-dogs --limit 2000 --shares 0.01 0.1`` trains once, and twice more a share; ``--json`` prints
one object. Costs are seconds of the processor: of the training, of one pass back through it, and of sixteen at once.
"""

import argparse
import json
import time
from dataclasses import asdict, replace

import torch
from torch import Tensor

from explorer.attribution.unrolled import Kept
from explorer.attribution.unrolled.reverse import first_passing, step_back
from explorer.core.progress import silent
from explorer.datasets import open_dataset, stratified
from explorer.models.small_cnn import normalised
from explorer.models.smooth_cnn import Network, Recipe, State, Training
from explorer.models.smooth_cnn.metasmoothness import metasmoothness

# What may be changed in the recipe for so many images.
CHANGED = ("widths", "detail", "batch", "epochs", "rate", "decay", "by_filter")
# Steps of which a pass back is timed, and outputs that share one.
TIMED, TOGETHER = 4, 16


def main() -> None:
    """Measure and print."""
    asked = _asked()
    torch.set_num_threads(asked.threads)
    data = open_dataset(asked.dataset)
    train = data.train.take(stratified(data.train.labels, asked.limit or len(data.train.labels), asked.seed))
    own = Recipe.of(len(train.labels), asked.seed)
    recipe = replace(own, **{name: vars(asked)[name] for name in CHANGED if vars(asked)[name] is not None})
    network = Network(recipe.widths, len(data.class_names), recipe.detail)
    training = Training(network, recipe, normalised(train, asked.size, silent), torch.from_numpy(train.labels))
    test, labels = normalised(data.test, asked.size, silent), torch.from_numpy(data.test.labels)
    states: list[tuple[Tensor, Tensor]] = []
    start = time.process_time()
    whole = training.run(before=lambda state: states.append((state.theta.clone(), state.moments.clone())))
    seconds = time.process_time() - start
    states.append((whole.theta, whole.moments))

    def margins(state: State) -> Tensor:
        return _margins(network, state, test, labels)

    found = {
        "recipe": asdict(recipe),
        "images": len(train.labels),
        "weights": network.size,
        "accuracy": float((margins(whole) > 0).float().mean()),
        "metasmoothness": [asdict(metasmoothness(training, whole, margins, share)) for share in asked.shares],
        "seconds_train": seconds,
        **_costs(training, whole, states),
    }
    print(json.dumps(found) if asked.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


def _asked() -> argparse.Namespace:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("dataset")
    words.add_argument("--limit", type=int, help="training images; all where it is not given")
    words.add_argument("--size", type=int, default=32)
    words.add_argument(
        "--widths", type=lambda text: tuple(map(int, text.split(","))), help="of the convolutions: 32,64,64"
    )
    words.add_argument("--detail", type=int)
    words.add_argument("--batch", type=int)
    words.add_argument("--epochs", type=int)
    words.add_argument("--rate", type=float)
    words.add_argument("--decay", type=float)
    words.add_argument(
        "--by-filter", action=argparse.BooleanOptionalAction, help="one divisor a filter in AdamW's steps"
    )
    words.add_argument("--seed", type=int, default=0)
    words.add_argument("--shares", type=float, nargs="*", default=[0.01, 0.1])
    words.add_argument("--threads", type=int, default=1)
    words.add_argument("--json", action="store_true")
    return words.parse_args()


def _margins(network: Network, state: State, pixels: Tensor, labels: Tensor) -> Tensor:
    """Return the logit of the true class minus the largest other ``(m,)``."""
    with torch.no_grad():
        parts = [network.logits(state.theta, state.statistics, part) for part in pixels.split(250)]
    logits, rows = torch.cat(parts), torch.arange(len(labels))
    right = logits[rows, labels].clone()
    logits[rows, labels] = -torch.inf
    return right - logits.max(1).values


def _costs(training: Training, whole: State, states: list[tuple[Tensor, Tensor]]) -> dict[str, float]:
    """Return processor seconds of passes back through the whole training, from some of its last steps."""
    seconds = []
    for outputs in (1, TOGETHER):
        found = first_passing(training, [(whole.theta, whole.statistics)] * outputs).found
        last = list(training.batches(training.steps - TIMED - 1))
        start = time.process_time()
        with torch.no_grad():
            for batch in reversed(last[:TIMED]):  # the last is smaller
                step_back(training, batch, Kept(*states[batch.step], states[batch.step + 1][1]), found)
        seconds.append((time.process_time() - start) / TIMED * training.steps)
    return {"seconds_back": seconds[0], "seconds_back_16": seconds[1]}


if __name__ == "__main__":
    main()
