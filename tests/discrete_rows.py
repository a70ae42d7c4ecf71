"""Rows of discrete responses, in a frame and as Parquet files."""

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

__all__ = ["frame_of", "written"]


def frame_of(n_rows: int, seed: int = 1) -> pd.DataFrame:
    generator = np.random.default_rng(seed)
    g = generator.integers(0, 6, n_rows)
    x = generator.integers(-1, 3, n_rows) * 0.3
    eta = -0.5 + 0.4 * x + generator.normal(0.0, 0.5, 6)[g]
    frame = pd.DataFrame({"x": x, "g": 7 * g - 40, "t": np.char.add("s", g.astype(str))})
    frame["a"] = pd.Categorical(generator.choice(["low", "mid", "high"], n_rows))
    frame["k"] = generator.poisson(np.exp(eta)).astype(float)
    frame["m"] = generator.integers(1, 4, n_rows)
    share = 1.0 / (1.0 + np.exp(-eta))
    frame["s"] = generator.binomial(frame["m"], share)
    frame["f"] = frame["m"] - frame["s"]
    frame["z"] = (generator.random(n_rows) < share).astype(np.int8)
    frame["b"] = np.where(generator.random(n_rows) < share, "yes", "no")
    frame.loc[[3, n_rows // 2], "x"] = np.nan
    frame.loc[n_rows // 3, "k"] = np.nan
    frame.loc[n_rows // 4, "b"] = None
    return frame


def written(folder, frame: pd.DataFrame, files: int = 3) -> str:
    folder.mkdir(exist_ok=True)
    for k, part in enumerate(np.array_split(np.arange(len(frame)), files)):
        parquet.write_table(
            pa.Table.from_pandas(frame.iloc[part], preserve_index=False),
            folder / f"part{k}.parquet",
            row_group_size=997,
        )
    return str(folder)
