"""Draws as arrays by name: what tables read, and what xarray's tree of them is made of.

xarray takes as long to import as a small model to sample, and a summary has no use for it. What is
here reads as the tree does: ``draws["posterior"].dataset.variables[name].values``, ``.sizes``.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self

from numpy.typing import NDArray

from bayesmm.owned import read_only
from bayesmm.verbs import Verbs

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["ArrayGroup", "DrawnArrays", "Draws", "DrawsGroup", "NamedArray", "arrays_of"]

type Draws = DrawnArrays | xr.DataTree
type DrawsGroup = ArrayGroup | xr.Dataset

_MAKE = Verbs(tree="bayesmm.sampling.named_arrays:tree_of")


class NamedArray(NamedTuple):
    """An array with named dimensions: what a dataset of xarray takes for a variable."""

    dims: tuple[Hashable, ...]
    values: NDArray
    attributes: Mapping[Hashable, object]


@dataclass(frozen=True, slots=True, eq=False)
class ArrayGroup(Mapping[str, NamedArray]):
    """A group of a tree: arrays by name."""

    variables: Mapping[str, NamedArray]
    coordinates: Mapping[str, NDArray]  # the labels along dimensions
    attributes: Mapping[Hashable, object]  # what is said of the group

    def __getitem__(self, name: str) -> NamedArray:
        """Return an array."""
        return self.variables[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names of the arrays."""
        return iter(self.variables)

    def __len__(self) -> int:
        """Return how many arrays there are."""
        return len(self.variables)

    @property
    def dataset(self) -> Self:
        """The group itself: where a node of a tree has its arrays."""
        return self

    @property
    def sizes(self) -> dict[Hashable, int]:
        """Length of each dimension."""
        of_variables = {
            dim: length
            for variable in self.variables.values()
            for dim, length in zip(variable.dims, variable.values.shape, strict=True)
        }
        return {**{dim: len(labels) for dim, labels in self.coordinates.items()}, **of_variables}


@dataclass(frozen=True, eq=False)
class DrawnArrays(Mapping[str, ArrayGroup]):
    """Groups of arrays by ArviZ's names: draws, the sampler's statistics, what was observed."""

    groups: Mapping[str, ArrayGroup]

    def __getitem__(self, name: str) -> ArrayGroup:
        """Return a group."""
        return self.groups[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names of the groups."""
        return iter(self.groups)

    def __len__(self) -> int:
        """Return how many groups there are."""
        return len(self.groups)

    def with_posterior(self, values: Mapping[str, NDArray]) -> "DrawnArrays":
        """Return the posterior alone, with other values of these variables."""
        group = self.groups["posterior"]
        changed = {n: group.variables[n]._replace(values=v) for n, v in values.items()}
        return DrawnArrays({"posterior": replace(group, variables={**group.variables, **changed})})

    def read_only(self) -> "DrawnArrays":
        """Return the same draws in arrays that cannot be written to."""
        return DrawnArrays(
            {
                name: replace(
                    group,
                    variables={
                        n: variable._replace(values=read_only(variable.values))
                        for n, variable in group.variables.items()
                    },
                )
                for name, group in self.groups.items()
            }
        )

    @cached_property
    def tree(self) -> "xr.DataTree":
        """The same draws as a tree of xarray, which every function of ArviZ takes."""
        return _MAKE.tree(
            {n: (g.variables, g.coordinates, g.attributes) for n, g in self.groups.items()}
        )


def arrays_of(tree: "xr.DataTree") -> DrawnArrays:
    """Return the arrays of a tree of `bayesmm.sampling.assemble.assemble`, none of them copied."""
    groups = {}
    for node in tree.children.values():
        variables = {
            str(name): NamedArray(variable.dims, variable.values, variable.attrs)
            for name, variable in node.dataset.data_vars.variables.items()
        }
        coordinates = {str(name): labels.values for name, labels in node.dataset.coords.items()}
        groups[str(node.name)] = ArrayGroup(variables, coordinates, node.dataset.attrs)
    return DrawnArrays(groups)
