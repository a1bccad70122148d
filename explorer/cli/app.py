"""``app``: the explorer in the browser."""

import os
import socket
import sys
from typing import Annotated

import typer

from explorer.cli.output import plain_errors
from explorer.core.errors import ExplorerError
from explorer.core.resources import PACKAGE, bundled
from explorer.runs.edits import edit_scope

ADDRESS = "127.0.0.1"
# Streamlit's own names for another address and for how browsers may call it; docs/serving.md says what that exposes.
ELSEWHERE, CALLED = "STREAMLIT_SERVER_ADDRESS", "STREAMLIT_SERVER_ALLOWED_HOSTS"
EXPOSED = (
    "Whoever reaches this address sees all pictures and runs here, can start work on this computer and have any folder of "
    "pictures read that you may read; there is no password and no encryption (docs/serving.md)."
)


@plain_errors
def app(port: Annotated[int, typer.Option(help="Port to listen on.")] = 8501) -> None:
    """Build the default run where it is missing, then serve the explorer on 127.0.0.1, or where STREAMLIT_SERVER_ADDRESS says."""
    edit_scope.sharing_mode()
    check_port(listening_address(), port)
    _ensure_default()
    serve(port)


def serve(port: int) -> None:
    """Become the server of the pages."""
    address = listening_address()
    os.chdir(PACKAGE.parent)  # where `python -m` finds this package; .streamlit/config.toml lies beside the script
    print(f"Influence Explorer: {address_of(port)}", file=sys.stderr)
    if not edit_scope.is_loopback(address):
        print(EXPOSED, file=sys.stderr)
    command = [sys.executable, "-m", "streamlit", "run", str(bundled("streamlit_app.py"))]
    os.execv(sys.executable, [*command, "--server.port", str(port), "--server.address", address])


def address_of(port: int) -> str:
    """Return the address of the pages on this computer."""
    return f"http://{_bracketed(listening_address())}:{port}"


def listening_address() -> str:
    """Return where to listen.

    Raises:
        ExplorerError: it is another address than usual, and nobody said how browsers will call it.
    """
    found = os.environ.get(ELSEWHERE, "").strip() or ADDRESS
    if found == ADDRESS or os.environ.get(CALLED, "").strip():
        return found
    if not edit_scope.is_loopback(found):
        message = f"{ELSEWHERE} is {found!r}; say also under which names browsers will call it, such as {CALLED}='192.168.0.7 explorer.example'"
        raise ExplorerError(f"{message}, or unset it to listen on {ADDRESS} only.")
    os.environ[CALLED] = f"localhost {ADDRESS} {found}"  # .streamlit/config.toml lists the first two only
    return found


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def check_port(address: str, port: int) -> None:
    """Raise unless ``port`` can be listened on."""
    if not 0 < port < 65536:
        raise ExplorerError(f"There is no port {port}; choose one from 1 to 65535.")
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            message = f"Port {port} of {address} cannot be used ({error.strerror}); choose another: make run PORT={port + 1}, or --port {port + 1}"
            raise ExplorerError(message) from error


def _ensure_default() -> None:
    """Build the default run where there is none; a run on drawn pictures is tried again with the real ones."""
    from explorer.core.errors import DamagedError
    from explorer.runs.store import load_manifest, names

    try:
        if load_manifest(names()["default"]).dataset != "drawn":
            return
    except (KeyError, DamagedError):
        pass
    from explorer.core.progress import Terminal
    from explorer.runs.store import prepare_home

    prepare_home()
    from explorer.runs.build.builder import build_default  # torch, for which no refusal waits

    made = build_default(Terminal())
    if made.manifest.dataset == "drawn":
        print("Real images could not be fetched; the app opens on drawn ones. Try again: make run", file=sys.stderr)
