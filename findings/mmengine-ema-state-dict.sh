#!/usr/bin/env bash
# mmengine 0.10.7 (what MMPretrain trains with) beside torch 2.13.0, Python 3.11, seen 2026-11-30.
#
# Guess: in a checkpoint of a training with EMAHook, `state_dict` holds the weights that were trained and `ema_state_dict` their running
# average, as in those of timm (`state_dict_ema`), torchvision's reference scripts (`model_ema`) and most others.
# Seen: the hook exchanges both as it saves: `state_dict` is the average, and `ema_state_dict` what was trained last. Who takes the set
# that is called the average takes the other one; nothing in the file says so.
# So: of a file whose `meta` has `mmengine_version` load `state_dict`. This program does; before, it took `ema_state_dict`.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
pip=(venv/bin/python -m pip --quiet --disable-pip-version-check install)
"${pip[@]}" torch==2.13.0 numpy==2.4.6 setuptools==80.9.0 matplotlib==3.11.2 rich==15.0.0 yapf==0.43.0 termcolor==3.3.0 pyyaml==6.0.4 addict==2.4.0
"${pip[@]}" --no-deps mmengine==0.10.7 opencv-python-headless==4.12.0.88 # mmengine asks for opencv with windows, of which nothing is used here
venv/bin/python - >said.txt 2>&1 <<'PY' || { tail -5 said.txt; exit 1; }
import mmengine
import torch
from mmengine.hooks import EMAHook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

assert mmengine.__version__ == "0.10.7"
torch.manual_seed(0)


class Net(BaseModel):
    def __init__(self):
        super().__init__()
        self.last = nn.Linear(4, 2)

    def forward(self, inputs, data_samples=None, mode="tensor"):
        scores = self.last(inputs)
        return {"loss": nn.functional.cross_entropy(scores, data_samples)} if mode == "loss" else scores


pictures = [{"inputs": torch.randn(4), "data_samples": number % 2} for number in range(16)]
loader = {"dataset": pictures, "batch_size": 8, "sampler": {"type": "DefaultSampler", "shuffle": False}, "collate_fn": {"type": "default_collate"}}
hook = EMAHook(momentum=0.05)
runner = Runner(Net(), "work", loader, train_cfg={"by_epoch": True, "max_epochs": 2}, optim_wrapper={"optimizer": {"type": "SGD", "lr": 0.5}}, custom_hooks=[hook])
runner.train()
kept = torch.load("work/epoch_2.pth", weights_only=False)
trained, average = runner.model.last.weight, hook.ema_model.module.last.weight
assert not torch.equal(trained, average)
first, second = kept["state_dict"]["last.weight"], kept["ema_state_dict"]["module.last.weight"]
assert torch.equal(first, average), "changed: state_dict is not the average"
assert torch.equal(second, trained), "changed: ema_state_dict is not what was trained last"
assert "mmengine_version" in kept["meta"]
print("as described: state_dict is the average, ema_state_dict what was trained last")
PY
tail -1 said.txt
