"""The request for a build: data set, network, limit, seed, λ, edits and planted noise."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from explorer.core.checksums import canonical, digest
from explorer.datasets import SOURCES, source_of
from explorer.datasets.corruption.hidden_noise import parse_plan
from explorer.datasets.corruption.noise import Noise
from explorer.models.custom.spec import DEFAULT_SPEC, NetworkSpec
from explorer.models.fine_tuning.blocks import check_block
from explorer.models.network_names import check_device, check_network, stated_by
from explorer.runs.manifest import Manifest

DEFAULT_DATASET, DEFAULT_BACKBONE = next(iter(SOURCES)), "mobilenet_v2"
# As many letters as the name of a run may have; what is cut off is told apart by the hash of the request.
LONGEST = 64
# The option that takes data as they were read, where that is doubtful.
AS_READ = "--as-read"


@dataclass(frozen=True)
class Config:
    """A request for a run.

    Attributes:
        dataset: a data set's name or the path of a folder.
        backbone: a torchvision network's name, ``small-cnn`` or ``small-cnn-smooth``.
        limit: number of training images, stratified; all where None.
        seed: decides the images of ``limit`` and the training of a network that is trained here.
        l2: λ; chosen by cross-validation where None.
        edited: whether the edits in force of the data set are laid on.
        noise: labels to change on purpose, such as ``"cat>dog:0.4"``; see :class:`explorer.datasets.corruption.noise.Noise`.
        noise_seed: decides which.
        own: the person's own weights, layer, size and normalisation; nothing by default.
        device: where the network computes; no part of what a run is.
        as_read: whether the data are taken as they were read, where that is doubtful; no part of what a run is.
        finetune: the block of a network that came trained which is trained on the run's pictures; none where empty.
    """

    dataset: str = DEFAULT_DATASET
    backbone: str = DEFAULT_BACKBONE
    limit: int | None = None
    seed: int = 0
    l2: float | None = None
    edited: bool = False
    noise: str = ""
    noise_seed: int = 0
    own: NetworkSpec = DEFAULT_SPEC
    device: str = field(default="auto", compare=False)
    as_read: bool = field(default=False, compare=False)
    finetune: str = ""

    def check_words(self) -> None:
        """Raise where a word of the request names nothing; neither torch nor the network is needed to say so.

        Raises:
            ExplorerError: there is no such data set, backbone or device, or the noise cannot be read.
        """
        source_of(self.dataset)
        check_network(self.backbone, self.own)
        check_block(self.finetune, self.backbone, self.own)
        check_device(self.device)
        self.planted()

    def recognised(self) -> "Config":
        """Return the request with the network that its file brings or states, where no network was named."""
        word = stated_by(self.own.checkpoint) if self.backbone == DEFAULT_BACKBONE else ""
        return replace(self, backbone=word) if word else self

    def planted(self) -> Noise:
        """Return the label noise to lay over the data set."""
        return parse_plan(self.noise, self.noise_seed)

    def hashed(self) -> dict[str, Any]:
        """Return what is hashed into a run's id; a request without noise hashes as it did before there was any.

        What is the person's own stands in the recipe of the features: the content of a checkpoint, not its path.
        """
        fields = self._plain() | ({"classes": self.own.classes} if self.own.classes else {})
        return fields if self.planted().rules() else {k: fields[k] for k in fields if not k.startswith("noise")}

    def name(self) -> str:
        """Return the name of the run where a person gives none: ``default`` for the default request."""
        if self == Config():
            return "default"
        words = [self.dataset.rstrip("/").rsplit("/", 1)[-1], self.backbone]
        words += [f"{key}{value}" for key, value in (("n", self.limit), ("seed", self.seed), ("l2-", self.l2)) if value]
        words += [f"tuned-{self.finetune}"] if self.finetune else []
        words += [word] if (word := self.planted().slug()) else []
        words += self.own.name_parts()
        words += ["edited"] if self.edited else []
        name = "".join(c if (c.isalnum() and c.isascii()) or c in "-_." else "-" for c in "-".join(words))
        whole = self._plain() | ({"own": self.own.to_dict()} if self.own.to_dict() else {})
        return name if len(name) <= LONGEST else f"{name[: LONGEST - 9]}-{digest(canonical(whole))[:8]}"

    def _plain(self) -> dict[str, Any]:
        """Return the request's original fields; those of custom networks are left out so that old run ids stay valid."""
        later = ("own", "device", "as_read", *(() if self.finetune else ("finetune",)))
        return {name: value for name, value in asdict(self).items() if name not in later}

    def to_argv(self) -> list[str]:
        """Return the command line that builds this request, without the name of the run."""
        words = ["build", "--dataset", self.dataset, "--backbone", self.backbone, "--seed", str(self.seed)]
        words += [*(["--limit", str(self.limit)] if self.limit else []), *(["--edited"] if self.edited else [])]
        words += ["--l2", repr(self.l2)] if self.l2 else []
        words += self.own.to_argv() + (["--device", self.device] if self.device != "auto" else [])
        words += ["--finetune", self.finetune] if self.finetune else []
        words += [AS_READ] if self.as_read else []
        return words + (["--noise", self.noise, "--noise-seed", str(self.noise_seed)] if self.noise else [])

    @staticmethod
    def from_manifest(manifest: Manifest, edited: bool = False) -> "Config":
        """Return the request that an unedited run was built for, or the same request with the edits in force."""
        return Config(
            dataset=manifest.dataset,
            backbone=manifest.backbone,
            limit=manifest.limit,
            seed=manifest.seed,
            l2=None if manifest.l2_curve else manifest.l2,
            edited=edited,
            noise=manifest.noise,
            noise_seed=manifest.noise_seed,
            own=NetworkSpec.from_dict(manifest.own),
            as_read=True,  # whoever built the run has decided
            finetune=manifest.finetune,
        )
