"""Sentences of notebooks/06_ecology.ipynb that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

CLAIMS = (
    Claim(
        "the three overlap",
        (
            "interactive.slopes('IC', by='Dose').table['lower'].max()"
            " < interactive.slopes('IC', by='Dose').table['upper'].min()",
        ),
    ),
    Claim("The 6 rows without a length", ("cod['Length'].isna().sum() == 6",)),
    Claim(
        "far more zeros and far larger counts than the model can produce",
        (
            "bool(((poisson.ppc(seed=1).draws['posterior_predictive'].to_dataset().to_array() == 0)"
            ".sum('__obs__').max() * 2 < (cod['Intensity'] == 0).sum()).item())",
            "poisson.ppc(seed=1).draws['posterior_predictive'].to_dataset().to_array()"
            ".max().item() * 2 < cod['Intensity'].max()",
        ),
    ),
    Claim("Fish of one region are alike", ("fish.icc().table['lower'].item() > 0.5",)),
    Claim(
        "Four regions tell little",
        (
            "fish.design.blocks[0].n_groups == 4",
            "fish.varcorr().loc[0, 'upper'] > 3 * fish.varcorr().loc[0, 'lower']",
            "fish.check().table.set_index('check').loc['prior against data', 'verdict'] == 'note'",
        ),
    ),
    Claim(
        "its mean is smaller by a fifth; `check` says to show this",
        (
            "0.7 < other.varcorr().loc[0, 'sdcor'] / fish.varcorr().loc[0, 'sdcor'] < 0.9",
            "'another prior' in fish.check().table.set_index('check')"
            ".loc['prior against data', 'words']",
        ),
    ),
)
