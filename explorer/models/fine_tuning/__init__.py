"""``--finetune layer4``: the last block and the head of a network that came trained, trained on a run's pictures."""
