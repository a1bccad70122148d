"""A result on disk: computed once, by one process, and again where its files are damaged or of another version."""

import hashlib
import json
import threading

import numpy as np
import pytest

from explorer.core.cached_result import CachedResult, cached_array, cached_dict, cached_json
from explorer.core.errors import DamagedError, ExplorerError


def refuse():
    raise AssertionError("it was computed before")


def numbers(path, version=1):
    """A list of numbers in a file of JSON."""
    return cached_json(path, lambda found: {"numbers": found}, lambda content: content["numbers"], {"version": version})


def sealed(content):
    """The bytes of a file that versions before this class wrote: JSON with one space of indent and its own checksum."""
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    checksum = hashlib.sha256(plain).hexdigest()
    return json.dumps(content | {"checksum": checksum}, indent=1, ensure_ascii=False).encode()


def test_a_result_is_computed_once(tmp_path):
    result = numbers(tmp_path / "folder" / "a.json")
    assert result.load() is None
    assert result.get_or_compute(lambda: [1, 2]) == [1, 2]
    assert result.get_or_compute(refuse) == [1, 2] == numbers(result.path).load()


def test_a_result_that_is_empty_is_a_result(tmp_path):
    assert numbers(tmp_path / "a").get_or_compute(list) == []
    assert numbers(tmp_path / "a").get_or_compute(refuse) == []


@pytest.mark.parametrize(
    "damage", [lambda _: b"", lambda content: content[:-9], lambda content: content.replace(b"2", b"3")]
)
def test_a_damaged_result_is_computed_again(tmp_path, damage):
    result = numbers(tmp_path / "a.json")
    result.save([1, 2])
    result.path.write_bytes(damage(result.path.read_bytes()))
    assert result.load() is None
    assert result.get_or_compute(lambda: [4]) == [4] == result.load()


def test_a_result_of_another_version_is_computed_again(tmp_path):
    path = tmp_path / "a.json"
    numbers(path, 1).save([1])
    assert numbers(path, 2).load() is None
    path.write_bytes(sealed({"numbers": [1]}))
    assert numbers(path, 1).load() is None
    assert numbers(path, 2).get_or_compute(lambda: [2]) == [2]


def test_what_stood_on_disk_before_is_read_and_written_alike(tmp_path):
    content = {"version": 1, "numbers": [1, 0.1, None, "λ"]}
    (tmp_path / "old.json").write_bytes(sealed(content))
    assert numbers(tmp_path / "old.json").get_or_compute(refuse) == content["numbers"]
    numbers(tmp_path / "new.json").save(content["numbers"])
    assert (tmp_path / "new.json").read_bytes() == (tmp_path / "old.json").read_bytes()
    cached_dict(tmp_path / "plain.json").save(content)
    assert (tmp_path / "plain.json").read_bytes() == sealed(content)


def test_an_array_ends_with_its_checksum_and_has_no_lock(tmp_path):
    result = cached_array(tmp_path / "a.npy")
    array = result.get_or_compute(lambda: np.arange(3.0))
    content = result.path.read_bytes()
    assert content[-32:] == hashlib.sha256(content[:-32]).digest()
    np.testing.assert_array_equal(result.get_or_compute(refuse), array, strict=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npy"]
    result.path.write_bytes(content[:-1])
    assert result.load() is None


def test_two_threads_that_ask_at_once_compute_once(tmp_path):
    begun, calls, answers = threading.Barrier(2), [], []

    def compute():
        calls.append(1)
        return [7]

    def ask():
        begun.wait()
        answers.append(numbers(tmp_path / "a.json").get_or_compute(compute))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(calls), answers) == (1, [[7], [7]])


def test_what_cannot_be_read_back_is_said(tmp_path):
    def absent(path):
        raise DamagedError("nothing there")

    result = CachedResult(tmp_path / "a", absent, lambda path, found: None)
    with pytest.raises(DamagedError, match="cannot be read after it was written; check the disk"):
        result.get_or_compute(lambda: 1)


def test_a_computation_that_fails_leaves_nothing(tmp_path):
    def fail():
        raise ExplorerError("no")

    result = numbers(tmp_path / "a.json")
    with pytest.raises(ExplorerError, match="no"):
        result.get_or_compute(fail)
    assert not result.path.exists()
    assert result.get_or_compute(lambda: [1]) == [1]
