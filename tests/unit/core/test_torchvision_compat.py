"""torch's compiler stays out of torchvision's import, and whoever asks for it later gets the real one."""

import sys

from explorer.core import torchvision_compat


def test_the_compiler_is_said_not_to_be_there_while_torchvision_is_imported_and_not_longer(monkeypatch):
    for name in torchvision_compat._COMPILER:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with torchvision_compat._without_compiler():
        from torch._dynamo.utils import is_compile_supported

        assert not is_compile_supported("cpu")
    assert not set(torchvision_compat._COMPILER) & sys.modules.keys()


def test_a_compiler_that_is_loaded_already_stays(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch._dynamo", sys)
    with torchvision_compat._without_compiler():
        assert sys.modules["torch._dynamo"] is sys
    assert sys.modules["torch._dynamo"] is sys
