"""Which networks there are, by name: known without torch, so that a mistyped word is refused at once."""

from explorer.core.errors import ExplorerError, unknown
from explorer.models import TRAINED_HERE
from explorer.models.custom.spec import PROGRAMS, SMALLEST, NetworkSpec
from explorer.models.libraries.names import SELF_DESCRIBING, check_self_describing, check_stated, word_of_content
from explorer.models.libraries.stated_names import stated_network
from explorer.models.libraries.timm_names import PREFIX, check_timm, is_timm

# All pictures are in memory while such a network is trained: 10,000 at 128 px are 2 GB.
LARGEST_TRAINED = 128
# Where a network computes; ``auto`` is the first of the others that is there.
DEVICES = ("auto", "cuda", "mps", "cpu")
# torchvision's classification networks; a test holds them equal to its registry.
TORCHVISION = (
    "alexnet",
    "convnext_base",
    "convnext_large",
    "convnext_small",
    "convnext_tiny",
    "densenet121",
    "densenet161",
    "densenet169",
    "densenet201",
    "efficientnet_b0",
    "efficientnet_b1",
    "efficientnet_b2",
    "efficientnet_b3",
    "efficientnet_b4",
    "efficientnet_b5",
    "efficientnet_b6",
    "efficientnet_b7",
    "efficientnet_v2_l",
    "efficientnet_v2_m",
    "efficientnet_v2_s",
    "googlenet",
    "inception_v3",
    "maxvit_t",
    "mnasnet0_5",
    "mnasnet0_75",
    "mnasnet1_0",
    "mnasnet1_3",
    "mobilenet_v2",
    "mobilenet_v3_large",
    "mobilenet_v3_small",
    "regnet_x_16gf",
    "regnet_x_1_6gf",
    "regnet_x_32gf",
    "regnet_x_3_2gf",
    "regnet_x_400mf",
    "regnet_x_800mf",
    "regnet_x_8gf",
    "regnet_y_128gf",
    "regnet_y_16gf",
    "regnet_y_1_6gf",
    "regnet_y_32gf",
    "regnet_y_3_2gf",
    "regnet_y_400mf",
    "regnet_y_800mf",
    "regnet_y_8gf",
    "resnet101",
    "resnet152",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnext101_32x8d",
    "resnext101_64x4d",
    "resnext50_32x4d",
    "shufflenet_v2_x0_5",
    "shufflenet_v2_x1_0",
    "shufflenet_v2_x1_5",
    "shufflenet_v2_x2_0",
    "squeezenet1_0",
    "squeezenet1_1",
    "swin_b",
    "swin_s",
    "swin_t",
    "swin_v2_b",
    "swin_v2_s",
    "swin_v2_t",
    "vgg11",
    "vgg11_bn",
    "vgg13",
    "vgg13_bn",
    "vgg16",
    "vgg16_bn",
    "vgg19",
    "vgg19_bn",
    "vit_b_16",
    "vit_b_32",
    "vit_h_14",
    "vit_l_16",
    "vit_l_32",
    "wide_resnet101_2",
    "wide_resnet50_2",
)


def check_torchvision(name: str) -> None:
    """Raise where torchvision has no classification network of this name.

    Raises:
        ExplorerError: it has none; the sentence lists all that there are.
    """
    if "/" in name:
        timm = f", or --backbone {PREFIX}{name.rpartition('/')[2]}" if "timm" in name else ""
        raise ExplorerError(
            f"There is no backbone {name!r}; a network of Hugging Face is given as a folder: hf download {name.rpartition(':')[2]} --local-dir FOLDER, then --checkpoint FOLDER without --backbone{timm}."
        )
    if name not in TORCHVISION:
        raise unknown("backbone", name, [*TRAINED_HERE, *SELF_DESCRIBING, *PROGRAMS, *TORCHVISION])


def check_device(name: str) -> None:
    """Raise where no device is called so; whether it is on this computer only torch knows.

    Raises:
        ExplorerError: none is.
    """
    if name not in DEVICES:
        raise unknown("device", name, list(DEVICES))


def check_network(name: str, spec: NetworkSpec) -> None:
    """Check that a network exists and accepts what ``spec`` gives for it.

    Args:
        name: ``small-cnn``, ``small-cnn-smooth``, a torchvision network, a program format, or a word for files that bring their architecture.
        spec: a person's weights, layer, size and normalisation.

    Raises:
        ExplorerError: there is no such network, or it does not accept an option; the message says which does.
    """
    if name in TRAINED_HERE:
        taken = [f"--{key.replace('_', '-')}" for key in spec.to_dict() if key != "size"]
        if taken:
            message = f"{name} is trained here and takes no {' or '.join(taken)}; give --backbone the name of a torchvision network, such as resnet18."
            raise ExplorerError(message)
        if (spec.size or 0) > LARGEST_TRAINED:
            raise ExplorerError(f"The size is {spec.size} px; {name} takes {SMALLEST} to {LARGEST_TRAINED}.")
    elif name in PROGRAMS:
        if not spec.checkpoint:
            raise ExplorerError(f"--backbone {name} needs the program's file; give --checkpoint PATH.")
        if not spec.trust_code:
            raise ExplorerError(trust_required(spec.checkpoint, name))
    elif name in SELF_DESCRIBING:
        check_self_describing(name, spec.checkpoint)
    else:
        check_timm(name) if is_timm(name) else check_torchvision(name)
        check_stated(name, spec.checkpoint, stated_by(spec.checkpoint))


def stated_by(path: str) -> str:
    """Return the network that a file brings or states itself, as ``--backbone`` takes it; empty where it states none."""
    return word_of_content(path) or stated_network(path, TORCHVISION) if path else ""


def trust_required(path: str, kind: str) -> str:
    """Return the error text for a program file that may run code and was not declared to be trusted."""
    return f"{path} is to be loaded as a {PROGRAMS[kind]} program, and loading one can run any code on this computer; if you trust whoever made it, add --trust-code, or give a state dict with --backbone and the name of a torchvision network."
