"""Tables from files: text of any common separator and encoding, Parquet, Arrow, Excel."""

import sys
from types import ModuleType
from typing import Any

from bayesmm.read_table.file import read_table

__all__ = ["read_table"]


class _Callable(ModuleType):
    """The module, which may be called as the function.

    Python sets ``bayesmm.read_table`` to the module when anything imports it, whatever the name
    meant before; the call must work all the same.
    """

    def __call__(self, *args: Any, **options: Any) -> Any:
        return read_table(*args, **options)


sys.modules[__name__].__class__ = _Callable
