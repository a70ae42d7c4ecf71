"""What the quick run of the tests leaves to the slow one: repetitions, and what takes seconds.

``pytest`` alone proves each mechanism once, within five minutes on two cores; ``-m slow`` runs the
other cases of the same tests, and all of the tests named without cases. A test that is dear by
itself carries its mark where it stands.
"""

from collections.abc import Mapping

# Test, and the cases of it that are quick; the others are slow. None of them: all are slow.
QUICK_CASES: Mapping[str, tuple[str, ...]] = {
    "test_bambi_model.py::test_every_preset_builds_with_a_finite_gradient": ("default",),
    "test_bad_inputs_cli.py::test_bad_input_in_a_process_of_its_own": ("y ~ log(x) [gaussian",),
    "test_cli_help.py::test_tables_are_drawn_in_a_terminal_only": (),
    "test_cli_help.py::test_a_narrow_terminal_keeps_the_names_of_models": (),
    "test_cli_help.py::test_a_reader_who_has_seen_enough_stops_nothing": (),
    "test_cli_help.py::test_words_of_the_data_are_no_markup": (),
    "test_cli_help.py::test_no_color_takes_the_colours_away": (),
    "test_course.py::test_posterior_covers_the_ml_estimates": (
        "correlated_slopes", "penicillin_crossed", "logistic_glmm", "cod_negativebinomial",
    ),
    "test_course.py::test_published_numbers_are_reproduced": (
        "correlated_slopes", "partial_pooling", "mtcars_logistic", "logistic_glmm", "dyestuff",
        "sitka_mm0", "penicillin_crossed", "ace_slopes", "dapr3_slopes", "labs_lmm2", "hg_fish",
        "drugz_additive", "cod_logistic", "cod_zero_inflated_poisson",
    ),
    "test_course_methods.py::test_counts_are_overdispersed_and_have_too_many_zeros_for_poisson": (),
    "test_data.py::test_twin_is_what_the_script_simulates": ("lifesat_scot_twin",),
    "test_data.py::test_script_writes_the_shipped_files": (),
    "test_density_centred.py::test_draws_given_totals_have_the_closed_form": (),
    "test_edge.py::test_no_step_within_the_cone_lowers_the_deviance": ("16", "96"),
    "test_edge.py::test_as_low_as_a_search_without_gradient": ("16", "96"),
    "test_input.py::test_reading_a_file_takes_less_than_two_copies_beside_the_table": (),
    "test_joint_sampling.py::test_same_seed_same_bits": (),
    "test_ml_bounded.py::"
    "test_the_integral_has_the_maximum_that_its_laplace_approximation_lacks": (),
    "test_ml_counts_mixed.py::test_estimates_of_glmmtmb": (
        "cbpp_negativebinomial", "counts_zero_inflated_poisson",
        "counts_hurdle_negativebinomial", "cod_slopes_negativebinomial",
        "counts_crossed_zero_inflated_poisson", "cod_counts_negativebinomial_twin",
    ),
    "test_nested.py::test_posterior_is_that_of_the_plain_parameterisation": (),
    "test_nutpie_contract.py::test_nutpie_itself_still_imports": (),
    "test_plots_menu.py::test_every_plot_returns_a_figure_its_numbers_and_its_caption": (
        "sleepstudy-", "cbpp-",
    ),
    "test_save_load.py::test_a_sampled_fit": ("sleepstudy_fit",),
    "test_save_load.py::test_a_large_fit_is_written_in_seconds": (),
    "test_save_load.py::test_loading_samples_nothing_and_needs_no_sampler": (),
    "test_ml_bounded.py::test_the_budget_is_the_same_for_the_same_data": (),
    "test_notebooks.py::test_a_notebook_runs_its_sentences_are_true_and_its_solutions_right": (),
    "test_plots_check.py::test_panels_are_the_findings": ("sleepstudy",),
    "test_report.py::test_a_loaded_fit_makes_the_same_report": (),
    "test_report.py::test_a_model_without_groups": (),
    "test_report.py::test_a_published_number_that_differs_is_said_to": (),
    "test_report.py::test_a_twin_is_called_one_and_not_judged": (),
    "test_report.py::test_nothing_of_the_user_is_markup": (),
    "test_report.py::test_rows_groups_and_columns_are_described": (),
    "test_report.py::test_several_fits_are_compared": (),
    "test_report.py::test_the_code_prepares_the_data_of_a_course_model": (),
    "test_save_load.py::test_the_page_is_the_same": ("offset", "trials"),
    "test_same_model.py::test_density_is_pymcs": (
        "gaussian correlated slopes", "bernoulli probit intercepts", "binomial crossed",
        "poisson nested", "hurdle_poisson correlated slopes",
    ),
    "test_same_model.py::test_density_with_decov_is_pymcs": ("correlated slopes-gaussian",),
    "test_satterthwaite.py::test_degrees_of_freedom_of_lmertest": (
        "sleepstudy", "sitka", "penicillin", "dapr3_lme4output_twin",
    ),
    "test_script.py::test_the_density_of_the_pymc_script_is_ours": (
        "correlated slopes", "binomial", "year",
    ),
    "test_script.py::test_the_density_of_the_bambi_script_is_ours": ("binomial",),
    "test_transport_draws.py::test_posterior_is_that_of_other_coordinates": ("poisson (x",),
    "test_same_model.py::test_transported_density_is_pymcs": (
        "bernoulli correlated slopes", "poisson three", "poisson nested", "binomial crossed",
    ),
}  # fmt: skip


def is_slow(node_id: str) -> bool:
    """Return whether a test is a case that the quick run leaves out.

    Parameters
    ----------
    node_id : str
        As pytest has it: ``tests/test_x.py::test_y[case]``; a case may be named by its beginning.
    """
    test, bracket, case = node_id.removeprefix("tests/").partition("[")
    if test not in QUICK_CASES:
        return False
    return not (bracket and case.startswith(QUICK_CASES[test]))
