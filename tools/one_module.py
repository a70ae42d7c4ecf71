"""The optimised code of compiled functions as one object file, free of numba.

Compiled functions report errors to Python through numba's runtime; what they need of it is in
`kept_code`. Python's own functions are there in every process that loads them.
"""

from collections.abc import Mapping
from typing import Any

from llvmlite import binding as llvm

from bayesmm.sampling.compiled.kept_code import RUNTIME

__all__ = ["object_file"]


def object_file(compiled: Mapping[str, Any], symbols: Mapping[str, str], processor: str) -> bytes:
    """Return an ELF object with the functions under their symbols.

    Parameters
    ----------
    compiled : mapping of str to numba's CFunc
        The functions by name, compiled in this process.
    symbols : mapping of str to str
        Their names in the object.
    processor : str
        In LLVM's words.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    whole = llvm.parse_assembly(RUNTIME)
    for name, function in compiled.items():
        part = llvm.parse_assembly(function._library.get_llvm_str())
        part.get_function(function._wrapper_name).name = symbols[name]
        whole.link_in(part)
    shown = set(symbols.values())
    for function in whole.functions:
        if not function.is_declaration and function.name not in shown:
            function.linkage = "internal"
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=processor, opt=3, reloc="pic", codemodel="small"
    )
    whole.verify()
    return machine.emit_object(whole)
