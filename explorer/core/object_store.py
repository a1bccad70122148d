"""Files that machines without a common folder share through an object store, which ``EXPLORER_STORE`` sets as an fsspec URL.

Whatever lies below the home of one machine has a place below the URL and below the homes of the others; each home is a copy of
what its machine has needed. Behind every object stands its SHA-256: one that was cut short or changed counts as none.
Without a store nothing here does anything.
"""

import contextlib
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from explorer.core import home
from explorer.core.checksums import SEAL, file_digest, sealed
from explorer.core.errors import DamagedError, ExplorerError, UnavailableError
from explorer.core.files import readable_errors, unfinished

# Objects that hold what their files hold, as far as this process has seen, with time and size of the files then.
_same: dict[str, tuple[int, int]] = {}


def address() -> str:
    """Return the store's URL, empty where there is none.

    Raises:
        ExplorerError: it is no URL.
    """
    given = os.environ.get("EXPLORER_STORE", "")
    if given and "://" not in given:
        raise ExplorerError(
            f"EXPLORER_STORE is {given!r}; give a URL such as s3://bucket/folder or file:///mnt/folder."
        )
    return given.rstrip("/")


def name_of(path: Path) -> str:
    """Return what a task of another machine is told of a file or folder: its URL where it is shared, else its path."""
    return _url(path) or str(path)


def path_of(name: str) -> Path:
    """Return where the file or folder of :func:`name_of` lies on this machine, whether it is there or not.

    Raises:
        ExplorerError: it is in another store than this machine's.
    """
    if "://" not in name:
        return Path(name)
    store = address()
    if not store or not name.startswith(f"{store}/"):
        raise ExplorerError(
            f"{platform.node()} is asked for {name}, and its EXPLORER_STORE is {store or 'not set'}; start it with the same as the others."
        )
    return home.root() / name[len(store) + 1 :]


def found(name: str) -> Path:
    """Return the file of :func:`name_of`, fetched where it is not here; raises as :func:`path_of` and :func:`present`."""
    return present(path_of(name))


def present(path: Path, anew: bool = False) -> Path:
    """Return a path whose file is fetched from the store where it is not here.

    Args:
        path: of the file.
        anew: whether what the store has counts where a file is here too: another machine wrote it just now.

    Raises:
        DamagedError: it is shared, and neither here nor whole in the store.
        UnavailableError: the store cannot be reached.
    """
    url = _url(path)
    if url and (anew or not path.is_file()) and not (fetched(path) or path.is_file()):
        raise DamagedError(
            f"{url} is missing or damaged (its checksum differs from the one that was written), and {platform.node()} has no copy; delete "
            "it there and give the same command again, or set EXPLORER_STORE to a new folder, for which all is done again."
        )
    return path


def fetched(path: Path) -> bool:
    """Fetch a file in place of what is here, unless that is the same; return whether the store has a whole one.

    Raises:
        UnavailableError: the store cannot be reached.
    """
    url = _url(path)
    if not url:
        return False
    if path.is_file() and _holds(url, path):
        return True
    with readable_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished(path) as temporary:
            try:
                with _reaching(url) as (files, there):
                    files.get_file(there, str(temporary))
            except FileNotFoundError:
                return False
            if not sealed(temporary, ""):
                return False
            os.truncate(temporary, temporary.stat().st_size - SEAL)
            os.replace(temporary, path)
    return True


def offered(path: Path) -> None:
    """Put a file into the store, unless the same is there.

    Raises:
        UnavailableError: the store cannot be reached or written.
    """
    url = _url(path)
    if not url:
        return
    facts = path.stat()
    seen = facts.st_mtime_ns, facts.st_size
    if _same.get(url) == seen:
        return
    if not _holds(url, path):
        with _reaching(url, missing=False) as (files, there), files.open(there, "wb") as out, path.open("rb") as here:
            shutil.copyfileobj(here, out)
            out.write(bytes.fromhex(file_digest(path)))
    _same[url] = seen


def _holds(url: str, path: Path) -> bool:
    """Return whether an object has the size of a file, and ends with its checksum; the rest of the object is not read."""
    size = path.stat().st_size
    try:
        with _reaching(url) as (files, there):
            if files.info(there)["size"] != size + SEAL:
                return False
            end = files.cat_file(there, start=size)
    except FileNotFoundError:
        return False
    return end == bytes.fromhex(file_digest(path))


def forgotten(path: Path) -> None:
    """Remove a file or folder from the store; what is here stays.

    Raises:
        UnavailableError: the store cannot be reached or written.
    """
    url = _url(path)
    if url:
        _same.pop(url, None)
        with contextlib.suppress(FileNotFoundError), _reaching(url) as (files, there):
            files.rm(there, recursive=True)


def _url(path: Path) -> str:
    """Return where a path lies in the store; empty where it is not shared."""
    store = address()
    return f"{store}/{path.relative_to(home.root()).as_posix()}" if store and path.is_relative_to(home.root()) else ""


@contextlib.contextmanager
def _reaching(url: str, missing: bool = True) -> Iterator[tuple[Any, str]]:
    """Context manager: the file system of a URL and the path in it; errors become a sentence.

    Args:
        url: of an object.
        missing: whether FileNotFoundError is an answer.
    """
    try:
        yield _file_system(url)
    except ExplorerError:
        raise
    except Exception as error:  # every kind of store has errors of its own library
        if missing and isinstance(error, FileNotFoundError):
            raise
        raise UnavailableError(
            f"{platform.node()} cannot read or write {url} ({error}). EXPLORER_STORE must be a place that every machine may read, write and "
            "delete in; look at its address, the network and the keys. What was finished is kept: the same command goes on from it."
        ) from error


def _file_system(url: str) -> tuple[Any, str]:
    from fsspec.core import url_to_fs
    from fsspec.registry import known_implementations

    protocol = url.partition("://")[0]
    # folders are made for files only: in a store of objects that would make a bucket of a mistyped name
    folders = {"auto_mkdir": True} if protocol in ("file", "local") else {}
    try:
        # a listing that was kept would not know what another machine has written since
        return url_to_fs(url, use_listings_cache=False, **folders)
    except ImportError as error:
        package = known_implementations[protocol]["class"].partition(".")[0]
        raise ExplorerError(
            f"EXPLORER_STORE is {address()}, for which {platform.node()} needs {package} ({error}); run pip install {package} there."
        ) from error
