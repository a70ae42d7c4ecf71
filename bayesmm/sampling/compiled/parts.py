"""The only door to numba's compiler: functions that are parts of others make no code of their own.

Numba optimises every function, and makes its machine code, before the functions that call it are
compiled; they then contain it, and all of it is optimised again. At five levels of calls a leaf is
made five times, and only the last is ever run. `PartCompiler` stops before: the code of a part is
handed on as it was written, and optimised once, within the function that has an address, whose
machine code `object_code` returns.

Both compilers leave out steps of numba's that change nothing in our functions, which have no
closures, no ``with`` and no expressions of whole arrays; a function that is written into its caller
is not copied before, twice, with all its names for each of its blocks; what an operator returns
for two kinds of numbers is asked once; and a part is compiled once for all integers that it is
given, where numba compiles it for a literal 0, and all that it calls, once more (`_Typing`).
What is typed is written as LLVM's code by `lowering`.
Everything used of numba is listed in `PRIVATE_SURFACE`.
"""

from collections.abc import Mapping
from typing import Any

from llvmlite import binding as llvm
from numba import _dynfunc, types
from numba.core.ccallback import CFunc
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.inline_closurecall import InlineWorker
from numba.core.lowering import Lower
from numba.core.typed_passes import (
    BaseNativeLowering,
    DumpParforDiagnostics,
    IRLegalization,
    NativeLowering,
    NopythonRewrites,
    NoPythonSupportedFeatureValidation,
)
from numba.core.typing.context import Context
from numba.core.untyped_passes import (
    FindLiterallyCalls,
    InlineClosureLikes,
    InlineInlinables,
    LiteralPropagationSubPipelinePass,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    WithLifting,
)

from bayesmm.sampling.compiled.known_types import CONTEXT_SURFACE, signature_of
from bayesmm.sampling.compiled.loops import Loops
from bayesmm.sampling.compiled.lowering import LOWERING_SURFACE, ShortLower
from bayesmm.sampling.compiled.steps import STEPS, STEPS_SURFACE

__all__ = ["PartCompiler", "WholeCompiler", "object_code", "whole_compiler"]

# Class -> members used here; the contract test fails when one is gone.
PRIVATE_SURFACE: Mapping[str, tuple[str, ...]] = {
    "BaseNativeLowering": ("lowering_class", "run_pass"),
    "CompilerBase": ("define_pipelines",),
    "Context": CONTEXT_SURFACE,
    "DefaultPassBuilder": ("define_nopython_pipeline", "define_untyped_pipeline"),
    "InlineInlinables": ("_do_work",),
    "InlineWorker": ("inline_ir", "run_untyped_passes"),
    "CPUCodegen": ("_function_pass_manager",),
    "JITCodeLibrary": (
        "_finalize_dynamic_globals",
        "_finalize_final_module",
        "_get_compiled_object",
        "_optimize_final_module",
        "_optimize_functions",
        "enable_object_caching",
        "get_pointer_to_function",
        "has_dynamic_globals",
    ),
    "Lower": LOWERING_SURFACE,
    "NativeLowering": ("lowering_class", "run_pass"),
    **STEPS_SURFACE,
}


class _Library(JITCodeLibrary):
    """Code that is optimised with all its parts in it, as LLVM's ``-O2``, loops as `Loops` says.

    Each function is simplified before, as LLVM's ``-O1``: without, gradients of large data are 3 %
    slower. What numba asks for, ``-O3`` in both places, takes longer, for gradients that are as
    fast (of small gaussian models 2 to 4 % faster).
    """

    loops = Loops.SHORT

    def _optimize_functions(self, ll_module: Any) -> None:
        """Simplify the functions of a module."""
        ll_module.data_layout = self._codegen._data_layout
        for function in ll_module.functions:
            if not function.is_declaration:
                passes, builder = self._codegen._function_pass_manager(opt=1)
                passes.run(function, builder)

    def _optimize_final_module(self) -> None:
        """Optimise; without numba's steps for what counts references, which there is none of."""
        tuning = llvm.create_pipeline_tuning_options(speed_level=2)
        tuning.loop_vectorization = True
        tuning.loop_interleaving = self.loops.interleaved
        tuning.loop_unrolling = self.loops.unrolled
        passes = llvm.create_pass_builder(self._codegen._tm, tuning)
        passes.getModulePassManager().run(self._final_module, passes)


class _PartLibrary(_Library):
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
        return ShortLower

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        state.library = _PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        whole, state.flags.no_compile = state.flags.copy(), True
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


@register_pass(mutates_CFG=True, analysis_only=False)
class _Lowering(NativeLowering):
    """Numba's step with our `ShortLower` and `_Library`."""

    _name = "bayesmm_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return ShortLower

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        state.library = _Library(state.targetctx.codegen(), state.func_id.func_qualname)
        state.library.loops = state.pipeline.loops
        state.library.enable_object_caching()
        return super().run_pass(state)


class _Typing(Context):
    """Numba's types, of all that it knows, with a memory for operators (`known_types`)."""

    @classmethod
    def of(cls, context: Context) -> Context:
        """Return another view of `context`: what either learns the other knows."""
        own = object.__new__(cls)
        own.__dict__ = context.__dict__
        return own

    def resolve_function_type(self, func, args, kws):  # type: ignore[no-untyped-def]
        """Return the signature of a call: of operators, the one found before."""
        if isinstance(func, types.Dispatcher) and _is_part(func.dispatcher):
            args = tuple(_any_value(kind) for kind in args)
            kws = {name: _any_value(kind) for name, kind in kws.items()}
        elif not kws:
            return signature_of(self, func, tuple(args))
        return super().resolve_function_type(func, args, kws)


def _is_part(dispatcher: Any) -> bool:
    """Return whether a function is one of ours that others contain."""
    return dispatcher._compiler.pipeline_class is PartCompiler


def _any_value(kind: Any) -> Any:
    """Return the type of an integer, whatever its value: a literal 0 is compiled as any other."""
    return types.unliteral(kind) if isinstance(kind, types.IntegerLiteral) else kind


class _Inliner(InlineWorker):
    """Writes a function into its caller, without copies of what is made for this one place."""

    def __init__(self, state: Any) -> None:
        """Take what numba's own step takes of the state of a compilation."""
        super().__init__(
            state.typingctx, state.targetctx, state.locals, state.pipeline, state.flags
        )
        self._compiler_pipeline = _untyped_steps

    def inline_ir(self, caller_ir, block, i, callee_ir, *rest, **named):  # type: ignore[no-untyped-def]
        blocks = list(callee_ir.blocks.values())
        for one in blocks:
            one.__deepcopy__ = lambda _memo, one=one: one
        try:
            return super().inline_ir(caller_ir, block, i, callee_ir, *rest, **named)
        finally:
            for one in blocks:
                del one.__deepcopy__


@register_pass(mutates_CFG=True, analysis_only=False)
class _Inlining(InlineInlinables):
    """Numba's step with our `_Inliner`."""

    _name = "bayesmm_inlining"

    def _do_work(self, state, work_list, block, i, expr, inline_worker):  # type: ignore[no-untyped-def]
        del inline_worker
        return super()._do_work(state, work_list, block, i, expr, _Inliner(state))


_IN_PLACE: Mapping[type, type] = {
    **STEPS,
    InlineInlinables: _Inlining,
    NativeLowering: _Lowering,
}
_LEFT_OUT = {
    DumpParforDiagnostics,
    FindLiterallyCalls,
    InlineClosureLikes,
    IRLegalization,
    LiteralPropagationSubPipelinePass,
    LiteralUnroll,
    MakeFunctionToJitFunction,
    NoPythonSupportedFeatureValidation,
    NopythonRewrites,
    WithLifting,
}


def _our_steps(numbas: PassManager, in_place: Mapping[type, type]) -> PassManager:
    """Return numba's steps, some left out and some replaced."""
    ours = PassManager(numbas.pipeline_name)
    for step, description in numbas.passes:
        if step not in _LEFT_OUT:
            ours.add_pass(in_place.get(step, step), description)
    ours.finalize()
    return ours


def _untyped_steps(state: Any) -> PassManager:
    """Return the steps before types are known, as numba's function of the name does."""
    return _our_steps(DefaultPassBuilder.define_untyped_pipeline(state), _IN_PLACE)


class WholeCompiler(CompilerBase):
    """Numba's compiler, for functions that have an address."""

    loops = Loops.SHORT
    in_place: Mapping[type, type] = _IN_PLACE

    def define_pipelines(self) -> list:
        """Return our steps, all in one."""
        self.state.typingctx = _Typing.of(self.state.typingctx)
        return [_our_steps(DefaultPassBuilder.define_nopython_pipeline(self.state), self.in_place)]


class PartCompiler(WholeCompiler):
    """Numba's compiler, for functions that only other compiled functions call."""

    in_place: Mapping[type, type] = {**_IN_PLACE, NativeLowering: _PartLowering}


def whole_compiler(loops: Loops) -> type[WholeCompiler]:
    """Return the compiler of functions with such loops that have an address."""
    return type(WholeCompiler.__name__, (WholeCompiler,), {"loops": loops})


def object_code(made: CFunc) -> tuple[str, bytes] | None:
    """Return the symbol of a C function and the object file with it.

    None where the code has addresses of this process in it.
    """
    library = made._library
    if library.has_dynamic_globals:
        return None
    return made.native_name, library._get_compiled_object()
