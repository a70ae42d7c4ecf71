"""Numba's steps from byte code to types, without what is thrown away.

After nearly every step numba asks again where each variable lives, which only the last step before
lowering reads; and to give each assignment a variable of its own it goes through the whole function
for each variable with several, where those blocks are enough that name it.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from numba.core import ssa
from numba.core.analysis import compute_cfg_from_blocks
from numba.core.compiler_machinery import register_pass
from numba.core.ir_utils import build_definitions
from numba.core.rewrites import rewrite_registry
from numba.core.transforms import canonicalize_cfg
from numba.core.typed_passes import PreLowerStripPhis
from numba.core.untyped_passes import GenericRewrites, IRProcessing, ReconstructSSA

__all__ = ["STEPS", "STEPS_SURFACE"]

# Class or module -> members used here; the contract test fails when one is gone.
STEPS_SURFACE: Mapping[str, tuple[str, ...]] = {
    "PreLowerStripPhis": ("_strip_phi_nodes",),
    "ReconstructSSA": ("_patch_locals",),
    "rewrite_registry": ("rewrites",),
    "ssa": (
        "_CacheListVars",
        "_FixSSAVars",
        "_compute_phi_locations",
        "_find_defs_violators",
        "_fresh_vars",
        "_iterated_domfronts",
        "_make_states",
        "_run_block_rewrite",
    ),
}


@register_pass(mutates_CFG=True, analysis_only=False)
class _Begin(IRProcessing):
    """Blocks in the form that all steps expect."""

    _name = "bayesmm_begin"

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        """Give each loop one way back."""
        state.func_ir.blocks = canonicalize_cfg(state.func_ir.blocks)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class _Rewrites(GenericRewrites):
    """Numba's rewrites of what is known before types are."""

    _name = "bayesmm_rewrites"

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        """Apply each rewrite to each block until it finds nothing there."""
        blocks = state.func_ir.blocks
        for kind in rewrite_registry.rewrites["before-inference"]:
            rewrite = kind(state)
            left = list(blocks)
            while left:
                label = left.pop()
                if rewrite.match(state.func_ir, blocks[label], state.typemap, state.calltypes):
                    blocks[label] = rewrite.apply()
                    left.append(label)
        state.func_ir.blocks = canonicalize_cfg(blocks)
        return True


@register_pass(mutates_CFG=False, analysis_only=False)
class _Assignments(ReconstructSSA):
    """A variable of its own for each assignment (static single assignment)."""

    _name = "bayesmm_assignments"

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        """Do as numba's step does, block for block the same."""
        state.func_ir.blocks = _single_assignments(state.func_ir.blocks)
        self._patch_locals(state)
        state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return True


def _single_assignments(blocks: dict[int, Any]) -> dict[int, Any]:
    """Return the blocks of a function with static single assignment, as ``ssa._run_ssa`` does."""
    graph = compute_cfg_from_blocks(blocks)
    frontiers = ssa._iterated_domfronts(graph)
    naming = defaultdict(dict)  # name -> label -> None: in the order of the blocks
    for label, block in blocks.items():
        for statement in block.body:
            for variable in statement.list_vars():
                naming[variable.name][label] = None
    listed = ssa._CacheListVars()
    blocks = dict(blocks)
    for name in ssa._find_defs_violators(blocks, graph):
        own, definitions = ssa._fresh_vars({k: blocks[k] for k in naming[name]}, name)
        joined = defaultdict(list)
        states = ssa._make_states(blocks) | {
            "varname": name,
            "defmap": definitions,
            "phimap": joined,
            "cfg": graph,
            "phi_locations": ssa._compute_phi_locations(frontiers, definitions),
        }
        blocks |= ssa._run_block_rewrite(own, states, ssa._FixSSAVars(listed))
        for label, values in joined.items():
            block = blocks[label] = blocks[label].copy()
            block.body = values + block.body
    return blocks


@register_pass(mutates_CFG=False, analysis_only=False)
class _NoPhis(PreLowerStripPhis):
    """Assignments in the place of what joins values of several blocks."""

    _name = "bayesmm_no_phis"

    def run_pass(self, state) -> bool:  # type: ignore[no-untyped-def]
        """Do as numba's step does."""
        state.func_ir = self._strip_phi_nodes(state.func_ir)
        state.func_ir._definitions = build_definitions(state.func_ir.blocks)
        return True


# Numba's steps -> ours in their place.
STEPS: Mapping[type, type] = {
    GenericRewrites: _Rewrites,
    IRProcessing: _Begin,
    PreLowerStripPhis: _NoPhis,
    ReconstructSSA: _Assignments,
}
