"""Pictures in a class folder that belong to others of it: masks and small copies, by name or in a folder of their own."""

import os
import re
from collections.abc import Sequence

from explorer.datasets.doubts.folder_names import is_companion
from explorer.datasets.file_tree import FileTree, contains_any

# What is added to the name of a picture for its mask, ``benign (1)_mask_1.png``, and for a small copy of it.
_MASKS = ["mask", "masks", "seg", "segmentation", "trimap", "gt", "groundtruth", "annotation", "overlay"]
_SMALL = ["thumb", "thumbs", "thumbnail", "preview", "small", "tn"]
MASK = re.compile(rf"[\s_\-.]*({'|'.join(_MASKS)})(_?\d+)?$|[\s_\-.]+({'|'.join(_SMALL)})$", re.IGNORECASE)


def without_companions(tree: FileTree, folder: str, files: Sequence[str]) -> list[str]:
    """Return the files of a class folder but those that belong to others of it, which ``tree`` leaves out and says."""
    inner = (file[len(folder) :].strip("/") for file in files)
    folders = {name.partition("/")[0] for name in inner if "/" in name}
    # a class of a hundred thousand pictures is searched for the words as a whole
    if not folders and not contains_any(files, [*_MASKS, *_SMALL]):
        return list(files)
    stems = {os.path.splitext(file)[0] for file in files}
    beside = [name for name in folders if is_companion(name) and (len(folders) > 1 or _repeats(folder, name, stems))]
    kept = []
    for file in files:
        stem = os.path.splitext(file)[0]
        bare = MASK.sub("", stem)
        named = bare != stem and bare in stems
        if not named and not any(file.startswith(f"{folder}/{name}/") for name in beside):
            kept.append(file)
    if not kept or len(kept) == len(files):
        return list(files)
    reason = "their names or folders are those of masks or small copies of the other pictures"
    tree.leave_files(f"{folder}/*", reason, len(files) - len(kept))
    return kept


def _repeats(folder: str, name: str, stems: set[str]) -> bool:
    """Return whether the pictures in a folder of a class are called as those that lie beside it."""
    inner = {stem.removeprefix(f"{folder}/{name}/") for stem in stems if stem.startswith(f"{folder}/{name}/")}
    return inner <= {stem.removeprefix(f"{folder}/") for stem in stems}
