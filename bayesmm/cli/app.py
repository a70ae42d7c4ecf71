"""The program: its commands in groups."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from bayesmm.cli import (
    drawing,
    exploring,
    fitting,
    listing,
    modelling,
    questions,
    rerunning,
    saved,
    studies,
    updating,
)
from bayesmm.cli.expanding import expanded
from bayesmm.cli.help import PageCommand, PageGroup
from bayesmm.cli.screen import echo

__all__ = ["app"]

app = typer.Typer(
    cls=PageGroup,
    help="Bayesian multilevel (mixed-effects) models from lme4 formulas.",
    add_completion=True,
    rich_markup_mode=None,  # a plain page: drawing boxes costs more time than all the rest
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    invoke_without_command=True,
)

FIT, LOOK, COURSE, MACHINE = "Fit", "Look at a saved fit", "Course", "This machine"
STUDY = "Studies of many fits"

# Group, function, examples; the first example stands on the page of all commands.
_COMMANDS: tuple[tuple[str, Callable[..., Any], str], ...] = (
    (
        FIT,
        fitting.fit,
        'bayesmm fit "Reaction ~ Days + (Days | Subject)" data.csv --save myfit\n'
        'bayesmm fit "y ~ x + (1 | g); sigma ~ x" data.csv --save spread\n'
        'bayesmm fit "p(hits, n) ~ x + (1 | g)" data.csv --family binomial --json -\n'
        "bayesmm fit \"y ~ x + (1 | g)\" data.csv --priors 'x=Normal(0, 1); sigma=HalfNormal(5)'",
    ),
    (FIT, fitting.run, "bayesmm run correlated_slopes --report"),
    (FIT, exploring.explain, 'bayesmm explain "Reaction ~ Days + (Days | Subject)" data.csv'),
    (
        FIT,
        exploring.prior_predictive,
        'bayesmm prior-predictive "Reaction ~ Days + (Days | Subject)" data.csv --out priors.png\n'
        "bayesmm prior-predictive 'n ~ x' data.csv --family poisson --priors 'x=Normal(0, 1)'",
    ),
    (
        FIT,
        modelling.ml,
        'bayesmm ml "Reaction ~ Days + (Days | Subject)" data.csv\n'
        'bayesmm ml "y ~ x + (1 | g)" data.csv --no-reml --json -',
    ),
    (
        FIT,
        updating.update,
        "bayesmm update myfit '+ (Days | Subject)' --save other\n"
        "bayesmm update myfit --data new.csv --priors rstanarm",
    ),
    (FIT, rerunning.resume, "bayesmm resume myfit\nbayesmm resume myfit --salvage"),
    (FIT, rerunning.rerun, "bayesmm rerun myfit"),
    (LOOK, saved.summary, "bayesmm summary myfit"),
    (LOOK, saved.check, "bayesmm check myfit"),
    (
        LOOK,
        saved.predict,
        'bayesmm predict myfit new.csv --who "new group" --out predicted.csv\n'
        "bayesmm predict myfit --kind response --prob 0.8\n"
        "bayesmm predict spread new.csv --parameter sigma --who 'typical group'\n"
        "bayesmm predict zeros --component zero",
    ),
    (
        LOOK,
        drawing.plot,
        "bayesmm plot myfit caterpillar --out effects.png\n"
        "bayesmm plot myfit                       # lists the pictures of this fit",
    ),
    (
        LOOK,
        questions.emmeans,
        "bayesmm emmeans myfit Days --at Days=0,9\n"
        "bayesmm emmeans myfit treatment --by visit --scale response\n"
        "bayesmm emmeans spread treatment --parameter sigma --scale response",
    ),
    (
        LOOK,
        questions.contrasts,
        "bayesmm contrasts myfit treatment --method trt.vs.ctrl\n"
        "bayesmm contrasts spread treatment --parameter sigma",
    ),
    (
        LOOK,
        questions.slopes,
        "bayesmm slopes myfit Days\nbayesmm slopes spread x --parameter sigma",
    ),
    (
        LOOK,
        questions.hypothesis,
        "bayesmm hypothesis myfit 'Days > 10'\n"
        "bayesmm hypothesis myfit 'Days = 10' 'sd(Subject: Days) > 5' --rope 1",
    ),
    (LOOK, questions.icc, "bayesmm icc myfit"),
    (LOOK, questions.r2, "bayesmm r2 myfit --prob 0.9"),
    (LOOK, questions.answer, "bayesmm answer myfit --focus Days"),
    (LOOK, questions.methods, "bayesmm methods myfit"),
    (LOOK, saved.compare, "bayesmm compare myfit other --leave group"),
    (LOOK, saved.report, "bayesmm report myfit --out myfit.html --focus Days"),
    (LOOK, modelling.script, "bayesmm script myfit --language brms --out model.R"),
    (LOOK, saved.verify, "bayesmm verify myfit\nbayesmm verify myfit --sample"),
    (
        STUDY,
        studies.calibrate,
        'bayesmm calibrate "Reaction ~ Days + (1 | Subject)" data.csv --n 200 --picture ranks.png\n'
        "bayesmm calibrate 'n ~ x' data.csv --family poisson --checkpoint ranks.jsonl",
    ),
    (
        STUDY,
        studies.bootstrap,
        'bayesmm bootstrap "Reaction ~ Days + (Days | Subject)" data.csv --n 500',
    ),
    (
        STUDY,
        studies.crossval,
        "bayesmm crossval myfit --by group --k 6\nbayesmm crossval myfit --cluster tcp://host:8786",
    ),
    (
        STUDY,
        studies.power,
        'bayesmm power "Reaction ~ Days + (Days | Subject)" data.csv Days Subject=10,20,40 '
        "--values Days=5\n"
        "bayesmm power 'y ~ x + (1 | g)' pilot.csv x g=20,40 rows=5,10 --picture power.png",
    ),
    (COURSE, listing.models, "bayesmm models"),
    (COURSE, listing.course, "bayesmm course my_course"),
    (MACHINE, listing.warmup, "bayesmm warmup"),
)

for heading, function, examples in _COMMANDS:
    app.command(cls=PageCommand, rich_help_panel=heading, epilog=examples)(expanded(function))
app.add_typer(listing.data_app, name="data", rich_help_panel=COURSE)


def _show_version(wanted: bool) -> None:
    if wanted:
        from bayesmm.sampling.versions import library_version  # noqa: PLC0415

        echo(f"bayesmm {library_version('bayesmm')}")
        raise typer.Exit


@app.callback()
def page(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Bayesian multilevel (mixed-effects) models from lme4 formulas."""
    if context.invoked_subcommand is None:
        echo(context.get_help())
