"""``app``: the explorer in the browser."""

import os
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from explorer.commands.output import plain_errors
from explorer.errors import ExplorerError

ADDRESS = "127.0.0.1"


@plain_errors
def app(port: Annotated[int, typer.Option(help="Port on 127.0.0.1.")] = 8501) -> None:
    """Build the default run where it is missing, then serve the explorer on 127.0.0.1."""
    _check_port(port)
    _ensure_default()
    root = Path(__file__).resolve().parents[2]
    os.chdir(root)  # Streamlit reads .streamlit/config.toml from the working directory
    print(f"Influence Explorer: http://{ADDRESS}:{port}", file=sys.stderr)
    command = [sys.executable, "-m", "streamlit", "run", str(root / "streamlit_app.py")]
    os.execv(sys.executable, [*command, "--server.port", str(port), "--server.address", ADDRESS])


def _check_port(port: int) -> None:
    """Raise unless ``port`` can be listened on."""
    if not 0 < port < 65536:
        raise ExplorerError(f"There is no port {port}; choose one from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError as error:
            message = f"Port {port} cannot be used ({error.strerror}); choose another: make run PORT={port + 1}"
            raise ExplorerError(message) from error


def _ensure_default() -> None:
    """Build the default run where there is none; a run on drawn pictures is tried again with the real ones."""
    from explorer.errors import DamagedError
    from explorer.runs.store import load_manifest, names

    try:
        if load_manifest(names()["default"])["dataset"] != "drawn":
            return
    except (KeyError, DamagedError):
        pass
    from explorer.progress import Terminal
    from explorer.runs.build import build_default, prepare_home

    prepare_home()
    made = build_default(Terminal())
    if made.manifest["dataset"] == "drawn":
        print("Real images could not be fetched; the app opens on drawn ones. Try again: make run", file=sys.stderr)
