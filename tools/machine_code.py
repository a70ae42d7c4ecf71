"""Make the machine code of a wheel: every C function of the package in one shared library.

``python -m tools.machine_code FOLDER`` compiles all of them with numba for one kind of processor,
joins their optimised code in one LLVM module with the few functions of numba's runtime that they
call, and has the C compiler of the machine link it. Beside it go a manifest and the cases by which
`bayesmm.sampling.compiled.ready` tries it.
"""

import ctypes
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path

PROCESSOR = "x86-64-v3"
# What that level has beyond x86-64-v2, in the names of /proc/cpuinfo; "abm" is lzcnt.
INSTRUCTIONS = ("abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe")
LIBRARY = "x86_64_v3.so"


def compile_all(folder: Path) -> None:
    """Compile everything and write library, manifest and cases into a folder."""
    # After `main` has chosen the processor: numba reads it when it is imported.
    from bayesmm.sampling.compiled.ahead import PIECES, compile_piece  # noqa: PLC0415
    from bayesmm.sampling.compiled.code import COMPILED  # noqa: PLC0415
    from bayesmm.sampling.compiled.kernels.pointers import copy_address  # noqa: PLC0415
    from bayesmm.sampling.compiled.ready import ReadyCode, digest_of_sources  # noqa: PLC0415
    from bayesmm.sampling.compiled.stored_case import write_cases  # noqa: PLC0415
    from tools.cases import make_cases  # noqa: PLC0415
    from tools.one_module import object_file  # noqa: PLC0415

    for piece in PIECES:
        compile_piece(piece, print)
    copy_address()
    cases = make_cases({name: made.address for name, made in COMPILED.items()})
    symbols = {name: f"bayesmm_{k}" for k, name in enumerate(sorted(COMPILED))}
    library = folder / LIBRARY
    _link(object_file(COMPILED, symbols, PROCESSOR), symbols, library)
    code = ReadyCode(ctypes.CDLL(str(library)), symbols)
    if not all(case.matches(code.address) for case in cases):
        raise SystemExit("The library does not give the results of the code that it was made of.")
    write_cases(folder / "cases.npz", cases)
    manifest = {
        "library": LIBRARY,
        "sha256": hashlib.sha256(library.read_bytes()).hexdigest(),
        "sources": digest_of_sources(),
        "instructions": INSTRUCTIONS,
        "symbols": symbols,
    }
    text = json.dumps(manifest, indent=1)
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    # Functions of numba's own, such as np.empty, are in the library too.
    licence = distribution("numba").read_text("licenses/LICENSE")
    if licence is None:
        raise SystemExit("numba's licence, which has to go with the library, was not found.")
    (folder / "LICENSE.numba").write_text(licence, encoding="utf-8")


def _link(code: bytes, symbols: dict[str, str], library: Path) -> None:
    """Link an object file to a shared library that shows only its symbols."""
    with tempfile.TemporaryDirectory() as folder:
        whole, shown = Path(folder) / "code.o", Path(folder) / "shown"
        whole.write_bytes(code)
        shown.write_text(f"{{ global: {'; '.join(symbols.values())}; local: *; }};")
        subprocess.run(
            ["cc", "-shared", "-s", f"-Wl,--version-script={shown}", "-o", library, whole, "-lm"],
            check=True,
        )


def main() -> None:
    """Compile everything into the folder that the command names."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    os.environ |= {"NUMBA_CPU_NAME": PROCESSOR, "NUMBA_CPU_FEATURES": ""}
    with tempfile.TemporaryDirectory() as cache:  # code from a cache has no module to join
        os.environ["NUMBA_CACHE_DIR"] = cache
        compile_all(folder)


if __name__ == "__main__":
    main()
