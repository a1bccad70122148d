"""``open``: a folder or file of pictures, checked, built and shown in the browser by one command."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from explorer.cli.app import address_of, check_port, listening_address, serve
from explorer.cli.output import plain_errors, reported
from explorer.core.errors import ExplorerError

# Endings of files that hold a network, which is given beside data.
NETWORKS = (".pth", ".pt", ".pt2", ".ckpt", ".safetensors", ".onnx", ".bin", ".keras", ".h5", ".pkl", ".pth.tar", ".ort", ".tflite", ".mlmodel", ".msgpack", ".gguf", ".distcp")  # fmt: skip
# Files by which a folder is known to hold a network, and no data.
INSIDE = ("config.json", "adapter_config.json", "saved_model.pb", "*.distcp", "*/model*.safetensors", "snapshots/*/config.json")  # fmt: skip
# Waits until the server answers, then asks the system for its browser; ends by itself where there is none.
BROWSER = """
import sys, time, urllib.request, webbrowser
for _ in range(300):
    try:
        urllib.request.urlopen(sys.argv[1] + "/_stcore/health", timeout=2)
        break
    except OSError:
        time.sleep(0.2)
webbrowser.open(sys.argv[1] + sys.argv[2])
"""


@plain_errors
def open_(
    path: Annotated[
        str, typer.Argument(help="A folder, archive, table or list of labelled pictures, or a data set's name.")
    ],
    run: Annotated[str | None, typer.Option(help="Name of the run; made from the request by default.")] = None,
    backbone: Annotated[str, typer.Option(help="A network's name, as build takes it.")] = "mobilenet_v2",
    limit: Annotated[int | None, typer.Option(help="Training images, stratified; all by default.")] = None,
    as_read: Annotated[
        bool, typer.Option("--as-read", help="Take the data as they were read, where that is doubtful.")
    ] = False,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501,
    browser: Annotated[bool, typer.Option(help="Open the page in the system's browser.")] = True,
) -> None:
    """Say how pictures were understood, build a run on them, and open it in the browser."""
    check_port(listening_address(), port)
    _check_data(path)
    from explorer.cli.build import request
    from explorer.runs.build.request import Config

    given = path if not Path(path).expanduser().exists() else str(Path(path).expanduser().absolute())
    config, name = request(Config(given, backbone, limit, as_read=as_read), None, run)
    made = _built(config, name)
    facts = made.manifest
    print(
        f"Run {name}: {facts.n_train:,} training images, {facts.n_test:,} test images, {facts.accuracy:.1%} right.",
        file=sys.stderr,
    )
    page = f"/?run={quote(name)}"
    if browser:
        subprocess.Popen([sys.executable, "-c", BROWSER, address_of(port), page], start_new_session=True)
    print(f"{address_of(port)}{page}", file=sys.stderr)
    serve(port)


def _check_data(path: str) -> None:
    """Raise where a path leads to a network instead of data.

    Raises:
        ExplorerError: it does; the sentence says how a network is given.
    """
    file = Path(path).expanduser()
    if file.name.lower().endswith(NETWORKS) or any(next(file.glob(each), None) for each in INSIDE):
        from explorer.models.network_names import stated_by

        named = "" if stated_by(str(file)) else " --backbone NAME"
        raise ExplorerError(
            f"{path} is a network; give the pictures that it is to explain as well: python -m explorer build --dataset FOLDER --checkpoint {path}{named}"
        )


def _built(config: Any, name: str) -> Any:
    """Return the run, built where it is not there, after saying how the data were understood."""
    from explorer.cli.datasets import check_lines
    from explorer.datasets import open_dataset
    from explorer.datasets.summary import summarise
    from explorer.runs.store import prepare_home

    prepare_home()
    from explorer.runs.build.builder import build  # torch, for which no refusal waits

    with reported(None) as progress:
        found = summarise(open_dataset(config.dataset, progress))
        print("\n".join(check_lines(found)), file=sys.stderr)
        return build(config, name, progress)
