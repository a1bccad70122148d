#!/usr/bin/env bash
# fsspec and s3fs 2026.9.0 beside moto 5.2.5 (a server of S3 on this machine), Python 3.11, seen 2026-11-30.
#
# Guess: to write into a bucket that does not exist is an error, whichever of the library's two doors one takes: fsspec.open(url, "wb") and
# fs.open(path, "wb") name the same object.
# Seen: fs.open says FileNotFoundError. fsspec.open makes folders on the way unless it is told not to (auto_mkdir), and the first folder of an
# S3 address is the bucket: one mistyped letter makes a new bucket, whose names are the whole world's, and the scores lie in it without a word.
# So: fs.open, or fsspec.open(url, "wb", auto_mkdir=False); this program takes the first.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile s3fs==2026.9.0 fsspec==2026.9.0 "moto[server]==5.2.5"
AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1 venv/bin/python - 2>/dev/null <<'PY'
import fsspec
import s3fs
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
host, port = server.get_host_and_port()
there = {"endpoint_url": f"http://{host}:{port}", "use_listings_cache": False}
files = s3fs.S3FileSystem(**there)
files.mkdir("scores")


def refused(write):
    try:
        write()
    except FileNotFoundError:
        return True
    return False


def plain():
    with files.open("scorse/a.npy", "wb") as out:
        out.write(b"numbers")


def by_url(**more):
    with fsspec.open("s3://scorse/a.npy", "wb", **there, **more) as out:
        out.write(b"numbers")


assert refused(plain), "changed: fs.open writes"
assert refused(lambda: by_url(auto_mkdir=False)), "changed: fsspec.open without folders writes"
assert files.ls("") == ["scores"], f"changed: before {files.ls('')}"
assert not refused(by_url), "changed: fsspec.open is refused"
assert sorted(files.ls("")) == ["scores", "scorse"], f"changed: {files.ls('')}"
assert files.cat("scorse/a.npy") == b"numbers"
print("as described: fsspec.open made a bucket of a mistyped name, fs.open refused it")
server.stop()
PY
