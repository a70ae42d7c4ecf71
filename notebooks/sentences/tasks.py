"""Sentences of docs/tasks.md that compare, and why they are true."""

from notebooks.claims import Claim

__all__ = ["CLAIMS"]

_SLOPE_SD = "varying.varcorr().query(\"grp == 'school' and var1 == 'hours'\")"
_ODDS = "glmm.fixef(exponentiate=True).query(\"term == 'period[4]'\")"
_RISK = "glmm.avg_comparisons(first_and_last, scale='risk {}').table"
_DOSE = "additive.contrasts('Dose').table"

CLAIMS = (
    Claim("# Twenty tasks", because="tests/test_pages.py"),
    Claim("## ", because="the number of a task"),
    Claim("Find whether the slope differs by school", because="the task"),
    Claim("is compared with what stands here", because="tests/test_pages.py"),
    Claim(
        "The sd of the slopes is 0.68 with an interval from 0.12 to 1.36",
        (
            f"abs({_SLOPE_SD}['sdcor'].iloc[0] - 0.68) < 0.05",
            f"abs({_SLOPE_SD}['lower'].iloc[0] - 0.12) < 0.08",
            f"abs({_SLOPE_SD}['upper'].iloc[0] - 1.36) < 0.15",
            "abs(bayesmm.compare(same, varying).table['d_elpd'][1])"
            " < bayesmm.compare(same, varying).table['d_se'][1]",
        ),
    ),
    Claim(
        "the odds of a case are 0.22 of those in period 1, with an interval from 0.08 to 0.45",
        (
            f"abs({_ODDS}['mean'].iloc[0] - 0.22) < 0.01",
            f"abs({_ODDS}['lower'].iloc[0] - 0.08) < 0.01",
            f"abs({_ODDS}['upper'].iloc[0] - 0.45) < 0.04",
        ),
    ),
    Claim("Compare two models that differ in a predictor", because="the task"),
    Claim(
        "The interaction does not predict better",
        (
            "bayesmm.compare({'a': additive, 'i': interaction}).table['model'][0] == 'a'",
            "bayesmm.likelihood_ratio(additive, interaction).p_value > 0.5",
        ),
    ),
    Claim(
        "some rows are farther out",
        ("fit.check().table.set_index('check').loc['outliers', 'verdict'] == 'problem'",),
    ),
    Claim(
        "A day costs more than 8 ms with probability 0.94, and more than 10 ms",
        (
            "abs(fit.hypothesis('Days > 8').table['probability'][0] - 0.94) < 0.02",
            "abs(fit.hypothesis('Days > 10').table['probability'][0] - 0.61) < 0.04",
        ),
    ),
    Claim(
        "Schools hold 40 % of the variance, with an interval from 23 % to 61 %",
        (
            "abs(same.icc().table['mean'][0] - 0.40) < 0.015",
            "abs(same.icc().table['lower'][0] - 0.23) < 0.02",
            "abs(same.icc().table['upper'][0] - 0.61) < 0.03",
        ),
    ),
    Claim("Find the highest and the lowest group", because="the task"),
    Claim(
        "A day costs person 308 about 20 ms, and person 335 nothing",
        (
            "slopes['level'].iloc[-1] == '308' and abs(slopes['mean'].iloc[-1] - 20) < 1",
            "slopes['level'].iloc[0] == '335' and slopes['lower'].iloc[0] < 0 "
            "< slopes['upper'].iloc[0]",
        ),
    ),
    Claim("how far?", because="words of the README"),
    Claim("odds ratios, risk differences, averages over the data", because="words of the README"),
    Claim("Say an effect as a difference", because="the task"),
    Claim("The same row of the README", because="where it is found"),
    Claim(
        "is 15 percentage points less than in period 1, or 0.28 times",
        (
            f"abs({_RISK.format('difference')}['mean'][0] + 0.15) < 0.01",
            f"abs({_RISK.format('ratio')}['mean'][0] - 0.28) < 0.02",
        ),
    ),
    Claim(
        "The first dose lowers the condition by 0.44",
        (f"abs({_DOSE}['mean'][0] - 0.44) < 0.02", f"{_DOSE}['lower'][0] > 0"),
    ),
    Claim(
        "Its own interval leaves out 0; that for all three",
        (f"{_DOSE}['lower'][0] > 0", f"{_DOSE}['simultaneous_lower'][0] < 0"),
    ),
    Claim(
        "Each of the three slopes is within the intervals of the others; the comparison of task 4",
        (
            "interaction.slopes('IC', by='Dose').table['lower'].max()"
            " < interaction.slopes('IC', by='Dose').table['mean'].min()",
            "interaction.slopes('IC', by='Dose').table['upper'].min()"
            " > interaction.slopes('IC', by='Dose').table['mean'].max()",
        ),
    ),
    Claim(
        "more than some 4 ms per day halves the estimate",
        (
            "narrow.priors['Days'].parameters[1] * 2 == 4",
            "abs(narrow.fixef()['mean'][1] / fit.fixef()['mean'][1] - 0.5) < 0.1",
        ),
    ),
    Claim("Whether halving or doubling", because="what fit.sensitivity is"),
    Claim(
        "Classes of one school differ by an sd of 3.5, schools by one of 6.7",
        (
            "abs(nested.varcorr()['sdcor'][1] - 3.5) < 0.15",
            "abs(nested.varcorr()['sdcor'][0] - 6.7) < 0.3",
        ),
    ),
    Claim("is one file", because="tests/test_report.py"),
    Claim("is the same model for a colleague", because="tests/test_script.py"),
)
