"""Downloads by the clients of package registries, npm and pip; nothing is installed."""

import shutil
import subprocess
import sys
import threading
from pathlib import Path

from explorer.core.errors import UnavailableError
from explorer.core.progress import Progress

# A registry that has not delivered by then will not; the slowest line seen needed four minutes.
CLIENT_SECONDS = 1800.0


def npm_pack(package: str, folder: Path, size: int, progress: Progress) -> Path:
    """Download a package with npm, which checks its SHA-512, and return the path of its archive.

    Args:
        package: ``name@version``.
        folder: where it is written.
        size: of the archive in bytes, about; for progress.
        progress: called while it arrives.

    Raises:
        UnavailableError: npm is missing, or the registry does not answer.
    """
    cache = folder / "npm-cache"
    command = ["npm", "pack", package, "--silent", "--cache", str(cache), "--pack-destination", str(folder)]
    _run(command, folder, size, f"Fetching {package}", progress)
    shutil.rmtree(cache, ignore_errors=True)
    return _only(folder, "*.tgz", package)


def pip_download(package: str, folder: Path, size: int, progress: Progress) -> Path:
    """Download the wheel of ``name==version`` with pip and return its path; arguments as :func:`npm_pack`.

    Raises:
        UnavailableError: the registry does not answer.
    """
    _run([*_pip(folder), package], folder, size, f"Fetching {package}", progress)
    return _only(folder, "*.whl", package)


def pip_download_source(package: str, checksum: str, folder: Path, size: int, progress: Progress) -> Path:
    """Download the source archive of a package, whose SHA-256 is ``checksum``, with pip and return its path.

    Raises:
        UnavailableError: the registry does not answer, or its file has another checksum.
    """
    # pip has no way to fetch an archive without asking its setup.py for the name. So it is told the checksum: any other
    # archive is refused before it is unpacked, and only a setup.py that a developer has read can run. It fetches nothing.
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{package} --hash=sha256:{checksum}\n", encoding="utf-8")
    words = ["--no-binary", ":all:", "--no-build-isolation", "--require-hashes", "--requirement", str(wanted)]
    _run([*_pip(folder), *words], folder, size, f"Fetching {package}", progress)
    return _only(folder, "*.tar.gz", package)


def _pip(folder: Path) -> list[str]:
    """Return the command line of ``pip download`` into ``folder``."""
    options = ["--quiet", "--no-deps", "--no-cache-dir", "--disable-pip-version-check", "--dest", str(folder)]
    return [sys.executable, "-m", "pip", "download", *options]


def _run(command: list[str], folder: Path, size: int, stage: str, progress: Progress) -> None:
    """Run a client and wait for it; progress is the number of bytes in ``folder``."""
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=folder)
    except FileNotFoundError as error:
        raise UnavailableError(f"{command[0]} is not installed, so {stage.lower()} is not possible.") from error
    killer = threading.Timer(CLIENT_SECONDS, process.kill)
    killer.start()
    try:
        errors = _watch(process, folder, size, stage, progress)
    finally:
        killer.cancel()
        process.kill()
        process.wait()
    if process.returncode:
        raise UnavailableError(f"{stage} failed: {errors.strip().splitlines()[-1] if errors.strip() else 'no answer'}")
    progress(stage, size, size)


def _watch(process: subprocess.Popen[bytes], folder: Path, size: int, stage: str, progress: Progress) -> str:
    """Report progress until the client ends; return its standard error."""
    while True:
        try:
            return process.communicate(timeout=0.3)[1].decode(errors="replace")
        except subprocess.TimeoutExpired:
            progress(stage, min(_bytes_in(folder), size - 1), size)


def _bytes_in(folder: Path) -> int:
    """Return the bytes below ``folder``; a file that has just gone counts as none."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size
        except FileNotFoundError:
            continue
    return total


def _only(folder: Path, pattern: str, package: str) -> Path:
    matches = sorted(folder.glob(pattern))
    if len(matches) != 1:
        raise UnavailableError(f"{package} came without the file that was expected ({pattern}).")
    return matches[0]
