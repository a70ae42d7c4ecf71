"""A fit changed: another formula, other data, other priors, sampled again."""

import warnings
from time import perf_counter
from typing import Any, Self

from bayesmm.errors import BayesmmWarning
from bayesmm.family.known import resolve_family
from bayesmm.family.record import Family
from bayesmm.fit_record import FitRecord
from bayesmm.fit_sampling import add_rows_to_cells, sample_design
from bayesmm.formula import FormulaText, ModelFormulas, parse_formulas
from bayesmm.formula.update import updated_formula
from bayesmm.model.design import Design
from bayesmm.model.in_files.any_data import design_of_data, owned_data
from bayesmm.model.prior_choice import PriorArgument, choose_priors
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.draws import TARGET_ASKED
from bayesmm.sampling.limits import check_settings

__all__ = ["FitUpdate"]


class FitUpdate(FitRecord):
    """What fits the model of a record again, changed."""

    def update(
        self,
        formula: FormulaText | None = None,
        data: Any = None,
        family: str | Family | None = None,
        priors: PriorArgument = None,
        *,
        link: str | None = None,
        categorical: Any = None,
        success: object = None,
        **sampling: Any,
    ) -> Self:
        """Sample the model again with what is named changed, as R's ``update`` does.

        Parameters
        ----------
        formula : str or sequence of str, optional
            The change: ``"+ x"``, ``"- (1 | g)"``, ``". ~ . + x"``, ``"log(.) ~ ."``, in which a
            dot stands for the old side, or a whole formula, which is then all of the model. A
            change of further parameters stands after ``;``, ``"; sigma ~ . + x"``; what is not
            changed stays. Default: the formula of this fit.
        data : DataFrame, or what names files, optional
            Other data, as in `bayesmm.fit`; default: those of this fit.
        family : str or Family, optional
            Another family, with its default link unless `link` is given.
        priors : str, mapping or Priors, optional
            As in `bayesmm.fit`; default: the preset of this fit, scaled to the new model, and what
            the user replaced in it of the parameters that the new model has.
        link : str, optional
            Another link.
        categorical : sequence of str, optional
            Columns to read as factors; default: those of this fit that the new formula has.
        success : object, optional
            The value that counts as success; default: that of this fit, where the response and
            the family are the same.
        **sampling
            Arguments of `bayesmm.fit` that say how to sample, ``engine`` to ``progress``. Chains,
            draws, seed, cores, `target_accept` and `max_treedepth` are by default those of this
            fit's last run (`Fit.settings`), but of a target that the engine took for this model the
            one that it was asked for; the warm-up is as long as the new model needs.

        Returns
        -------
        Fit
            Another fit; this one stays as it is.

        Raises
        ------
        BayesmmError
            When the change cannot be made, or the model not be fitted.

        Warns
        -----
        BayesmmWarning
            When the new model has no such parameter as one whose prior was replaced.

        Examples
        --------
        >>> slopes = levels.update("- (1 | Subject) + (Days | Subject)")  # doctest: +SKIP
        """
        started = perf_counter()
        check_settings(sampling)
        text = self.formula if formula is None else updated_formula(self.formula, formula)
        frame = self.data if data is None else owned_data(data)
        chosen = resolve_family(self.design.family if family is None else family, link)
        model = parse_formulas(text)
        if categorical is None:
            names = {n.value for n in model.columns()}
            categorical = tuple(name for name in self.design.categorical if name in names)
        if success is None and self._same_outcome(model, chosen):
            success = self.design.success
        sorts = {"categorical": categorical, "success": success}
        design = design_of_data(text, frame, chosen, **sorts, add=add_rows_to_cells)
        design = with_sums(design, add_rows_to_cells)  # by which default priors go
        return sample_design(
            type(self),
            design,
            choose_priors(design, self._priors_of(design) if priors is None else priors),
            frame,
            **{**self._sampling(), **sampling},
            started=started,
        )

    def _same_outcome(self, model: ModelFormulas, family: Family) -> bool:
        old = parse_formulas(self.formula).response
        return model.response.response == old.response and family.name == self.design.family.name

    def _priors_of(self, design: Design) -> PriorArgument:
        """Return the preset, and what the user replaced of what the new model has."""
        known = choose_priors(design, self.priors.preset)
        gone = sorted(name for name in self.priors.changed if name not in known)
        if gone:
            warnings.warn(
                f"The new model has no parameter {', '.join(map(repr, gone))}, whose prior was "
                "replaced in the old one.",
                BayesmmWarning,
                stacklevel=3,
            )
        kept = {n: self.priors[n] for n in self.priors if n in self.priors.changed and n in known}
        return {"preset": self.priors.preset, **kept}

    def _sampling(self) -> dict[str, Any]:
        """Return how this fit was sampled, as far as it concerns another model."""
        names = ("chains", "draws", "seed", "cores", "target_accept", "max_treedepth")
        engine = "auto" if self.engine == "compiled" else self.engine
        own = {name: getattr(self.settings, name) for name in names} | {"engine": engine}
        # what the engine took for this model the next one may not need
        own["target_accept"] = self.facts.get(TARGET_ASKED, own["target_accept"])
        return own
