"""Machine code that numba made here before: kept as object files, loaded by llvmlite alone.

A process that has nothing to compile imports no numba, which takes as long as a small fit. What is
kept is in the folder of this version of the kernels (`cache`); names of files have, in short, the
versions of the compilers and the processor. A file begins with a digest of the rest: one that was
cut or changed is none, and is made again.
"""

import hashlib
import os
import platform
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bayesmm.sampling.compiled.cache import cache_folder

__all__ = ["RUNTIME", "keep_code", "kept_address"]

# What our functions call of numba's runtime, in LLVM's words: the report of an error, which leaves
# the result 0.
RUNTIME = """
declare i32 @PyGILState_Ensure()
declare void @PyGILState_Release(i32)
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

# Engines hold the code that they have loaded: as long as the process.
_ENGINES: list[Any] = []


def kept_address(name: str) -> int | None:
    """Return the C address of a function that is kept under a name, or None."""
    try:
        digest, symbol, code = _file(name).read_bytes().split(b"\n", 2)
    except (OSError, ValueError):  # none, or no such file
        return None
    if digest != _digest(symbol, code):
        return None
    if _binding().address_of_symbol("numba_do_raise") is None:  # numba is not there, or not yet
        _offer_runtime()
    # An engine for each: functions that two of them contain may have one name and differ.
    engine = _engine()
    engine.add_object_file(_binding().ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine.get_function_address(symbol.decode())


def keep_code(name: str, symbol: str, code: bytes) -> None:
    """Keep an object file with a function; a full disk costs another compilation, not the fit."""
    file = _file(name)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        part.write_bytes(b"\n".join([_digest(symbol.encode(), code), symbol.encode(), code]))
        os.replace(part, file)
    except OSError:
        part.unlink(missing_ok=True)


def _digest(symbol: bytes, code: bytes) -> bytes:
    return hashlib.sha256(symbol + b"\n" + code).hexdigest().encode()


def _file(name: str) -> Path:
    return cache_folder() / f"{name}.{_made_for()}.o"


@cache
def _made_for() -> str:
    """Return what machine code depends on beside its source, in short."""
    llvm = _binding()
    facts = (
        llvm.get_host_cpu_name(),
        llvm.get_host_cpu_features().flatten(),
        os.environ.get("NUMBA_CPU_NAME", ""),
        os.environ.get("NUMBA_CPU_FEATURES", ""),
        version("numba"),
        version("llvmlite"),
    )
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]


@cache
def _binding() -> Any:
    """Return llvmlite's binding, made ready for this processor."""
    llvm = import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


def _engine(source: str = "") -> Any:
    llvm = _binding()
    machine = llvm.Target.from_default_triple().create_target_machine(jit=True)
    arm = platform.machine().lower() in ("arm64", "aarch64")
    # As numba: on these processors code and what it calls must not lie too far apart.
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(source), machine, use_lmm=arm or None)
    _ENGINES.append(engine)
    return engine


def _offer_runtime() -> None:
    """Make `RUNTIME` known to all engines; numba, once imported, puts its own in its place."""
    engine = _engine(RUNTIME)
    engine.finalize_object()
    module = _binding().parse_assembly(RUNTIME)
    for function in module.functions:
        if not function.is_declaration:
            _binding().add_symbol(function.name, engine.get_function_address(function.name))
