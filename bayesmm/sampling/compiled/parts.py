"""The only door to numba's compiler: functions that are parts of others make no code of their own.

Numba optimises every function, and makes its machine code, before the functions that call it are
compiled; they then contain it, and all of it is optimised again. At five levels of calls a leaf is
made five times, and only the last is ever run. `PartCompiler` stops before: the code of a part is
handed on as it was written, and optimised once, within the function that has an address, whose
machine code `object_code` returns.
Everything used of numba is listed in `PRIVATE_SURFACE`.
"""

from collections.abc import Mapping

from numba import _dynfunc
from numba.core.ccallback import CFunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering

__all__ = ["PartCompiler", "object_code"]

# Class -> members used here; the contract test fails when one is gone.
PRIVATE_SURFACE: Mapping[str, tuple[str, ...]] = {
    "BaseNativeLowering": ("lowering_class", "run_pass"),
    "CompilerBase": ("define_pipelines",),
    "DefaultPassBuilder": ("define_nopython_pipeline",),
    "JITCodeLibrary": (
        "_finalize_dynamic_globals",
        "_finalize_final_module",
        "_get_compiled_object",
        "_optimize_final_module",
        "get_pointer_to_function",
        "has_dynamic_globals",
    ),
}


class _PartLibrary(JITCodeLibrary):
    """Code that waits for the function that contains it."""

    def _optimize_final_module(self) -> None:
        """Leave it: the code is optimised where it is used."""

    def _finalize_final_module(self) -> None:
        """Make no machine code."""
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        """Return 0: there is no `name` to call."""
        del name
        return 0


@register_pass(mutates_CFG=True, analysis_only=False)
class _PartLowering(BaseNativeLowering):
    """From typed code to LLVM's, and no further."""

    _name = "bayesmm_part_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return Lower

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        whole = state.flags.copy()
        state.flags.no_compile = True
        super().run_pass(state)
        state.flags = whole
        # What callers know the function by: it has no address, and is never called.
        described = state.cr.fndesc
        key = _dynfunc.make_function(
            described.lookup_module(),
            state.func_id.func_name,
            "part of other functions",
            0,
            state.cr.env,
            (state.library,),
        )
        state.targetctx.insert_user_function(key, described, [state.library])
        state.reload_init.extend(state.library._reload_init)
        state.cr = state.cr._replace(cfunc=key)
        return True


class PartCompiler(CompilerBase):
    """Numba's compiler, for functions that only other compiled functions call."""

    def define_pipelines(self) -> list:
        """Return numba's steps with the last replaced."""
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_PartLowering, NativeLowering)
        passes.passes = [entry for entry in passes.passes if entry[0] is not NativeLowering]
        passes.finalize()
        return [passes]


def object_code(made: CFunc) -> tuple[str, bytes] | None:
    """Return the symbol of a C function and the object file with it.

    None where the code has addresses of this process in it.
    """
    library = made._library
    if library.has_dynamic_globals:
        return None
    return made.native_name, library._get_compiled_object()
