"""What a type checker must accept, and on the lines marked so refuse: read, never run."""

import pandas as pd

import bayesmm

data = bayesmm.load_data("sleepstudy")
fit = bayesmm.fit("Reaction ~ Days + (Days | Subject)", data, seed=1, engine="compiled")
table: pd.DataFrame = fit.fixef(0.9)
new = fit.predict(data, who="new group", kind="response").table
means = fit.emmeans("Days", at={"Days": [0, 9]}, scale="response", who="population")
draws: pd.DataFrame = fit.tidy_draws(["fixed", "ran_pars"])
wider: bayesmm.Fit = fit.update("- (Days | Subject) + (1 | Subject)")
best = bayesmm.compare(fit, wider, leave="group").table
test = bayesmm.likelihood_ratio(fit, wider).p_value
code: str = fit.script("brms")

fit.predict(who="somebody")  # refused
fit.predict(kind="draws")  # refused
fit.contrasts("Days", method="tukey")  # refused
fit.emmeans("Days", scale="log")  # refused
fit.loo(leave="rows")  # refused
fit.script("stan")  # refused
fit.tidy("random")  # refused
bayesmm.fit("y ~ x", data, engine="jags")  # refused
bayesmm.compare(fit, wider, leave="rows")  # refused
