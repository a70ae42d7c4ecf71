"""The optimised code of compiled functions as one object file, free of numba.

Numba's functions count references to the arrays that they make, and report errors to Python. Of its
runtime they need what follows; Python's own functions are there in every process that loads them.
"""

from collections.abc import Mapping
from typing import Any

from llvmlite import binding as llvm

__all__ = ["object_file"]

_RUNTIME = """
%memory = type { i64, ptr, ptr, ptr, i64, ptr }
declare ptr @malloc(i64)
declare void @free(ptr)
declare i32 @PyGILState_Ensure()
declare void @PyGILState_Release(i32)
define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %alignment) {
  %wide = zext i32 %alignment to i64
  %head = add i64 %size, 48
  %total = add i64 %head, %wide
  %p = call ptr @malloc(i64 %total)
  store i64 1, ptr %p
  %destructor = getelementptr %memory, ptr %p, i32 0, i32 1
  store ptr null, ptr %destructor
  %base = ptrtoint ptr %p to i64
  %after = add i64 %base, 48
  %less = sub i64 %wide, 1
  %above = add i64 %after, %less
  %mask = xor i64 %less, -1
  %first = and i64 %above, %mask
  %data = inttoptr i64 %first to ptr
  %at = getelementptr %memory, ptr %p, i32 0, i32 3
  store ptr %data, ptr %at
  %extent = getelementptr %memory, ptr %p, i32 0, i32 4
  store i64 %size, ptr %extent
  ret ptr %p
}
define void @NRT_MemInfo_call_dtor(ptr %p) {
  call void @free(ptr %p)
  ret void
}
define void @NRT_Free(ptr %p) {
  call void @free(ptr %p)
  ret void
}
define void @numba_gil_ensure(ptr %state) {
  %was = call i32 @PyGILState_Ensure()
  store i32 %was, ptr %state
  ret void
}
define void @numba_gil_release(ptr %state) {
  %was = load i32, ptr %state
  call void @PyGILState_Release(i32 %was)
  ret void
}
define i32 @numba_do_raise(ptr %error) { ret i32 0 }
define ptr @numba_unpickle(ptr %data, i32 %n, ptr %hash) { ret ptr null }
define ptr @numba_runtime_build_excinfo_struct(ptr %error, ptr %arguments) { ret ptr null }
"""


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
    whole = llvm.parse_assembly(_RUNTIME)
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
