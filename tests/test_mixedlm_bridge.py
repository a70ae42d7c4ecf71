"""What the bridge to mixedlm relies on."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from ml_designs import crossed_design

from bayesmm.likelihood import fit_ml
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.blocks import orthogonal_blocks
from bayesmm.likelihood.group_columns import arrange, group_columns
from bayesmm.likelihood.mixedlm_bridge import linear_search


def test_contract_with_mixedlm():
    """What the bridge relies on: names, the order of theta, and the meaning of Lambda."""
    from mixedlm import lFormula, mkLmerDevfun

    design = crossed_design()
    blocks, _ = orthogonal_blocks(design.blocks)
    basis = orthogonal_basis(design.mu)
    columns = {
        "y": design.y,
        "g0": blocks[0].columns.codes,
        "g1": blocks[1].columns.codes,
        "z0": blocks[0].columns.Z[:, 0],
    }
    columns |= {f"x{j}": basis.Q[:, j] for j in range(3)}
    columns |= {f"z1{j}": blocks[1].columns.Z[:, j] for j in range(2)}
    formula = "y ~ 0 + x0 + x1 + x2 + (0 + z0 | g0) + (0 + z10 + z11 | g1)"
    frame = pd.DataFrame(columns)
    deviance = mkLmerDevfun(lFormula(formula, frame, REML=False, weights=np.ones(120)))
    start = deviance.get_start()
    assert start.shape == (4,)
    result = deviance.optimizer.optimize(
        start, method="L-BFGS-B", options={"ftol": 1e-13, "gtol": 1e-6}, use_analytic_gradient=True
    )
    assert result.theta.shape == (4,)
    assert result.converged
    assert result.gradient_norm < 1e-2  # of the deviance, where the optimum is inside
    # The same theta read as our Lambda gives the same deviance: order and meaning agree.
    fit = fit_ml(design, reml=False)
    assert result.deviance == pytest.approx(-2 * fit.loglik, abs=1e-5)
    optimum = linear_search(design.y, basis.Q, blocks, np.ones(120), reml=False).first()
    effects = group_columns(arrange(blocks), optimum.factors)
    ZL = np.array([effects.predictor(v) for v in np.eye(effects.n_effects)]).T
    V = np.eye(120) + ZL @ ZL.T
    precision = np.linalg.inv(V)
    residual = design.y - basis.Q @ np.linalg.solve(
        basis.Q.T @ precision @ basis.Q, basis.Q.T @ precision @ design.y
    )
    scale = residual @ precision @ residual / 120
    deviance = 120 * (1 + np.log(2 * np.pi * scale)) + np.linalg.slogdet(V)[1]
    assert deviance == pytest.approx(result.deviance, abs=1e-5)


def test_mixedlm_is_imported_only_when_a_mixed_model_is_fitted():
    code = "import sys, bayesmm.likelihood; sys.exit('mixedlm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
