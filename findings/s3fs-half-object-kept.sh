#!/usr/bin/env bash
# s3fs and fsspec 2026.9.0 beside moto 5.2.5 (a server of S3 on this machine), Python 3.11, seen 2026-11-30.
#
# Guess: an object of S3 is whole or not there, so where the block that writes one fails half-way, nothing is written: S3 knows an object only
# when its upload is completed, and whoever leaves the block by an error has not completed it.
# Seen: leaving the block closes the file, by an error as well, and closing completes the upload: what was written so far is the object, and
# the old one of that name is gone. Of features or scores half an array is there under its final name, and nothing tells it from a whole one.
# The same within fs.transaction leaves the old object.
# So: write to a local file first and put it there, or fs.transaction, and a checksum behind the content, as this program does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install --no-compile s3fs==2026.9.0 fsspec==2026.9.0 "moto[server]==5.2.5"
AWS_ACCESS_KEY_ID=none AWS_SECRET_ACCESS_KEY=none AWS_DEFAULT_REGION=us-east-1 venv/bin/python - 2>/dev/null <<'PY'
import s3fs
from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
server.start()
host, port = server.get_host_and_port()
files = s3fs.S3FileSystem(endpoint_url=f"http://{host}:{port}", use_listings_cache=False)
files.mkdir("scores")


class Stopped(Exception):
    """What happens to the program half-way."""


def stopped(path):
    """Write half of what is meant."""
    try:
        with files.open(path, "wb") as out:
            out.write(b"half")
            raise Stopped
    except Stopped:
        return files.cat(path)


for path in ("scores/plain", "scores/safe"):
    files.pipe(path, b"the old one, whole")
seen = stopped("scores/plain")
assert seen == b"half", f"changed: {seen}"
try:
    with files.transaction:
        with files.open("scores/safe", "wb") as out:
            out.write(b"half")
            raise Stopped
except Stopped:
    pass
seen = files.cat("scores/safe")
assert seen == b"the old one, whole", f"changed: in a transaction {seen}"
print("as described: a block that fails leaves half an object in the place of the old one, in a transaction the old one stays")
server.stop()
PY
