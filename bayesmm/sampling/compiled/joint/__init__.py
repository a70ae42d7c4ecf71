"""The joint density of any supported model: from a design to arrays, and from draws back.

`kernels.joint` is compiled once. Per chunk of 1024 rows it fills the linear predictors, calls
``rows(table, first, n, eta, work, scalars, d_scalars) -> log p`` by its address (`kernels.rows`
says what each is), and pulls the scores back to coefficients and level values. Rows are written by
hand (`kernels.poisson` and others) or come from the log density of the family by jets, numbers with
their derivatives (`kernels.densities`, `density_rows`, `jets`, `jet_words`); where further
parameters vary they always do, for any subset of them, with jets in all linear predictors.
Coordinates are the coefficients of all linear predictors, then the further parameters that are one
number (`layout.names`). Numba keeps the machine code of functions of a module, not of closures:
`code.bound_function` binds the names of a template under a name, with a digest of what is bound, by
which numba finds the code. A likelihood that is none of rows alone (`heteroscedastic`) takes their
place in the transported density (`model.WholeLikelihood`). Scratch (`kernels.workspace`) is
allocated per evaluation, because the chains share the table.
"""
