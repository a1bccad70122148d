#!/usr/bin/env bash
# import-linter 2.16 (grimp 3.20), Python 3.11, seen 2026-11-28.
#
# Guess: the cache of import-linter is invalid as soon as an import means another module than before.
# Seen: it is kept by each file's own time of change. Where a folder becomes a package (an __init__.py is added), the files that
# import from it did not change, so their imports are read from the cache, resolved as they were without that package: the new edge
# is missing, and a contract that it breaks is said to be KEPT. Without the cache the same tree is BROKEN.
# So `make lint` runs import-linter without its cache.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/python -m pip --quiet --disable-pip-version-check install import-linter==2.16 grimp==3.20
mkdir -p house/low/readers house/high
touch house/__init__.py house/high/__init__.py house/low/__init__.py house/high/roof.py
echo "from house.low.readers import lists" >house/low/uploads.py
echo "from house.high import roof" >house/low/readers/lists.py
cat >.importlinter <<'INI'
[importlinter]
root_package = house
[importlinter:contract:1]
name = uploads know no roof
type = forbidden
source_modules = house.low.uploads
forbidden_modules = house.high.roof
INI
venv/bin/lint-imports --cache-dir cache >first.txt
touch house/low/readers/__init__.py
venv/bin/lint-imports --cache-dir cache >cached.txt || true
venv/bin/lint-imports --no-cache >fresh.txt || true
grep -q "uploads know no roof KEPT" first.txt
grep -q "uploads know no roof KEPT" cached.txt || { echo "changed: the cache notices the new package"; exit 1; }
grep -q "uploads know no roof BROKEN" fresh.txt || { echo "changed: without its cache import-linter does not see the edge"; exit 1; }
echo "as described: KEPT with the cache, BROKEN without it"
