"""Two-class networks as people make them with torchvision, timm, transformers and ONNX, each with its library's own preparation."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from explorer.core.torchvision_compat import torchvision

# One opened picture to what a network is given ``(3, height, width)``.
Prepare = Callable[[Image.Image], Tensor]


@dataclass(frozen=True, eq=False)
class Peer:
    """A network with the pipeline that its library documents, and how the program is told of it.

    Attributes:
        name: of the checkpoint.
        library: the package whose pipeline it is.
        network: gives scores ``(b, 2)``, or what has them as ``logits``.
        last: its last linear layer.
        prepare: from the folder that it was saved in: the library's preparation.
        save: writes the checkpoint into a folder and returns its path.
        backbone: the program's word for the network.
        options: of the command line.
        upright: whether the library's own reader turns pictures by EXIF.
    """

    name: str
    library: str
    network: nn.Module
    last: nn.Linear
    prepare: Callable[[Path], Prepare]
    save: Callable[[nn.Module, Path], Path]
    backbone: str
    options: dict[str, Any] = field(default_factory=dict)
    upright: bool = False

    @property
    def version(self) -> str:
        """The installed version of the library."""
        return str(importlib.import_module(self.library).__version__).partition("+")[0]

    def scores(self, images: Tensor) -> Tensor:
        """Return the scores ``(b, 2)`` of prepared pictures."""
        found: Any = self.network(images)
        scores: Tensor = getattr(found, "logits", found)
        return scores


def _state(network: nn.Module, folder: Path) -> Path:
    torch.save(network.state_dict(), folder / "mine.pth")
    return folder / "mine.pth"


def of_torchvision(name: str, weights: str = "IMAGENET1K_V1", **options: Any) -> Peer:
    """Return a network of torchvision's with ``weights.transforms()``; GoogLeNet and Inception as their published weights ask."""
    entry = torchvision.models.get_model_weights(name)[weights]
    turned = {"transform_input": True, "init_weights": True} if name in ("googlenet", "inception_v3") else {}
    network = torchvision.models.get_model(name, weights=None, num_classes=2, **turned)
    last = [layer for layer in network.modules() if isinstance(layer, nn.Linear)][-1]
    given = {"preparation": "torchvision", "mean": "0.5", "std": "0.5"} if turned else {"preparation": "torchvision"}
    return Peer(name, "torchvision", network, last, lambda _: entry.transforms(), _state, name, given | options)


def of_timm(name: str, **options: Any) -> Peer:
    """Return a network of timm's with ``create_transform`` of its own settings."""
    timm = importlib.import_module("timm")
    network = timm.create_model(name, pretrained=False, num_classes=2)
    config = timm.data.resolve_model_data_config(network)
    transform = timm.data.create_transform(**config, is_training=False)
    return Peer(name, "timm", network, network.get_classifier(), lambda _: transform, _state, f"timm/{name}", options)


def of_transformers(name: str, network: Any, processor: Any, backend: str | None = None) -> Peer:
    """Return a network of transformers' with what ``AutoImageProcessor`` makes of its folder.

    Args:
        name: of the checkpoint.
        network: for image classification.
        processor: an image processor, or settings as folders of before have them.
        backend: of the processor; the library's choice where None.
    """
    transformers = importlib.import_module("transformers")
    parts = [part for place, part in network.named_children() if "classifier" in place]
    last = [layer for part in parts for layer in part.modules() if isinstance(layer, nn.Linear)][-1]

    def prepare(folder: Path) -> Prepare:
        given = transformers.AutoImageProcessor.from_pretrained(folder, **({"backend": backend} if backend else {}))
        return lambda picture: torch.as_tensor(given(images=picture, return_tensors="pt")["pixel_values"][0])

    def save(kept: Any, folder: Path) -> Path:
        kept.save_pretrained(folder)
        processor.save_pretrained(folder)
        return folder

    return Peer(name, "transformers", network, last, prepare, save, "hugging-face", upright=True)


def in_onnx(peer: Peer, size: int, **options: Any) -> Peer:
    """Return the same network as an ONNX file of any batch, with its maker's preparation told by options."""

    def save(network: nn.Module, folder: Path) -> Path:
        path = folder / "mine.onnx"
        axes = {"images": {0: "batch"}}
        given = (torch.rand(2, 3, size, size),)
        torch.onnx.export(network, given, str(path), dynamo=False, input_names=["images"], dynamic_axes=axes)
        return path

    return Peer(f"{peer.name} in ONNX", peer.library, peer.network, peer.last, peer.prepare, save, "onnx", options)


def _hugging_face(kind: str) -> Peer:
    t: Any = importlib.import_module("transformers")
    names = {"id2label": {0: "cat", 1: "dog"}, "label2id": {"cat": 0, "dog": 1}}
    small = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96, **names}
    made: dict[str, Callable[[], tuple[Any, Any]]] = {
        "ResNet": lambda: (t.ResNetForImageClassification(t.ResNetConfig(embedding_size=16, hidden_sizes=[16, 32, 64, 96], depths=[1, 1, 1, 1], layer_type="basic", **names)), t.ConvNextImageProcessor(size={"shortest_edge": 224}, crop_pct=0.875)),
        "ViT": lambda: (t.ViTForImageClassification(t.ViTConfig(**small)), t.ViTImageProcessor()),
        "ConvNext": lambda: (t.ConvNextForImageClassification(t.ConvNextConfig(hidden_sizes=[16, 24, 32, 48], depths=[1, 1, 1, 1], **names)), t.ConvNextImageProcessor(size={"shortest_edge": 224}, crop_pct=0.95)),
        "Swin": lambda: (t.SwinForImageClassification(t.SwinConfig(embed_dim=24, depths=[1, 1], num_heads=[2, 2], **names)), t.ViTImageProcessor(resample=3)),
        "MobileNetV2": lambda: (t.MobileNetV2ForImageClassification(t.MobileNetV2Config(depth_multiplier=0.35, **names)), t.MobileNetV2ImageProcessor()),
        "EfficientNet": lambda: (t.EfficientNetForImageClassification(t.EfficientNetConfig(image_size=224, width_coefficient=0.35, depth_coefficient=0.4, hidden_dim=448, **names)), t.EfficientNetImageProcessor(size={"height": 224, "width": 224})),
        "MobileViT": lambda: (t.MobileViTForImageClassification(t.MobileViTConfig(hidden_sizes=[24, 32, 40], neck_hidden_sizes=[8, 16, 24, 32, 40, 48, 96], **names)), t.MobileViTImageProcessor(size={"shortest_edge": 288})),
        "DINOv2": lambda: (t.Dinov2ForImageClassification(t.Dinov2Config(hidden_size=48, num_hidden_layers=2, num_attention_heads=3, mlp_ratio=2, image_size=224, **names)), t.BitImageProcessor(size={"shortest_edge": 256})),
    }  # fmt: skip
    return of_transformers(f"{kind} of few weights", *made[kind]())


PEERS: dict[str, Callable[[], Peer]] = {
    "resnet18": lambda: of_torchvision("resnet18"),
    "mobilenet_v3_small": lambda: of_torchvision("mobilenet_v3_small"),
    "mobilenet_v2, second weights": lambda: of_torchvision("mobilenet_v2", "IMAGENET1K_V2", crop=224 / 232),
    "efficientnet_b0": lambda: of_torchvision("efficientnet_b0"),
    "googlenet": lambda: of_torchvision("googlenet"),
    "inception_v3": lambda: of_torchvision("inception_v3"),
    "timm resnet10t": lambda: of_timm("resnet10t.c3_in1k"),
    "timm vit_tiny": lambda: of_timm("vit_tiny_patch16_224.augreg_in21k_ft_in1k"),
    "timm convnext_atto": lambda: of_timm("convnext_atto.d2_in1k"),
    "timm tf_mobilenetv3": lambda: of_timm("tf_mobilenetv3_small_minimal_100.in1k"),
    "timm tf_efficientnetv2_b3": lambda: of_timm("tf_efficientnetv2_b3.in21k_ft_in1k"),
    **{f"transformers {kind}": (lambda kind=kind: _hugging_face(kind)) for kind in ("ResNet", "ViT", "ConvNext", "Swin", "MobileNetV2", "EfficientNet", "MobileViT", "DINOv2")},
    "ONNX of resnet18": lambda: in_onnx(of_torchvision("resnet18"), 224, preparation="torchvision"),
    "ONNX of timm's lcnet_050": lambda: in_onnx(of_timm("lcnet_050.ra2_in1k"), 224, preparation="torchvision", interpolation="bicubic"),
}  # fmt: skip
