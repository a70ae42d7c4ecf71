"""Identifiers as they stand in the file, and the same person in the next file."""

import numpy as np
import pandas as pd
import pytest
from command_line import command
from synthetic import synthetic_draws, synthetic_fit

import bayesmm
from bayesmm.errors import DataError, UsageError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.reading import read_table

GAUSSIAN = resolve_family("gaussian")
BIG = 10**17


def text_of(ids, missing: int = 0) -> str:
    """Return a file with eight rows of each identifier, and some without one."""
    rows = [f"{np.sin(7.0 * k):.3f},{name}" for k, name in enumerate(np.repeat(list(ids), 8))]
    return "\n".join(["y,id", *rows, *["0.5,NA"] * missing]) + "\n"


def file_of(folder, ids, missing: int = 0, name: str = "data.csv"):
    path = folder / name
    path.write_text(text_of(ids, missing))
    return path


def levels_of(frame) -> tuple[str, ...]:
    return build_design("y ~ 1 + (1 | id)", frame, GAUSSIAN).blocks[0].levels


KINDS = {
    "18 digits": [str(BIG + k) for k in range(6)],
    "24 digits": [f"12345678901234567890123{k}" for k in range(6)],
    "leading zeros": ["001", "002", "010", "100"],
    "zeros and none": ["001", "1", "2"],
    "sections": ["1.1", "1.10", "1.2", "1.20"],
    "exponents": ["1e3", "1000", "2e3"],
    "plain": ["1", "2", "10"],
    "words among them": ["007", "7", "A7"],
}


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_every_identifier_is_a_group(kind, missing, tmp_path):
    frame = read_table(file_of(tmp_path, KINDS[kind], missing))
    assert set(levels_of(frame)) == set(KINDS[kind])
    assert frame["y"].dtype == float


@pytest.mark.parametrize("separator", [";", "\t", " "])
def test_separators_and_decimal_commas(separator, tmp_path):
    path = tmp_path / "data.txt"
    text = text_of(["1.1", "1.10", "2.1"])
    path.write_text(text.replace(",", separator).replace(".", "," if separator == ";" else "."))
    frame = read_table(path)
    assert len(levels_of(frame)) == 3 and frame["y"].dtype == float


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_encodings(encoding, tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(text_of(["001", "1", "ä"]).encode(encoding))
    assert levels_of(read_table(path)) == ("001", "1", "ä")


def test_numbers_that_programs_write_stay_numbers(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("a,b,c,d,e\n0.50,1.0,0,5.00,1e-05\n1.25,2.0,10,5,0.0001\n0.10,3.5,20,2.5,10\n")
    frame = read_table(path)
    assert [str(kind) for kind in frame.dtypes] == ["float64", "float64", "int64"] + ["float64"] * 2
    assert frame["d"].tolist() == [5, 5, 2.5]


def test_a_late_leading_zero_is_met(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("y,id\n" + "1,22\n" * 250_000 + "2,033\n")
    assert set(read_table(path)["id"]) == {"22", "033"}


def test_columns_that_are_asked_for_stay_text(tmp_path):
    path = file_of(tmp_path, ["1.10", "1.20"])
    assert levels_of(read_table(path)) == ("1.1", "1.2")
    assert levels_of(read_table(path, text=["id"])) == ("1.10", "1.20")


def test_the_command_line_uses_digits_as_numbers_where_the_formula_does(
    tmp_path, monkeypatch, capsys
):
    months = [f"{1 + k % 12:02}" for k in range(48)]
    pd.DataFrame({"y": np.sin(np.arange(48)), "month": months}).to_csv(tmp_path / "d.csv")
    assert command(monkeypatch, "explain", "y ~ month", tmp_path / "d.csv") == 0
    assert "2 common coefficients" in capsys.readouterr().out
    assert command(monkeypatch, "explain", "y ~ 1 + (1 | month)", tmp_path / "d.csv") == 0
    assert "month: 12 groups" in capsys.readouterr().out
    with_factor = ["explain", "y ~ month", tmp_path / "d.csv", "--categorical", "month"]
    assert command(monkeypatch, *with_factor) == 0
    assert "month[02]" in capsys.readouterr().out


# ---------------------------------------------------------------- other formats


def test_whole_numbers_of_arrow_beside_gaps_stay_whole(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq
    from pyarrow import feather

    ids = [BIG + k // 8 for k in range(24)] + [None]
    table = pa.table({"y": np.sin(np.arange(25.0)), "id": ids})
    pq.write_table(table, tmp_path / "data.parquet")
    feather.write_feather(table, tmp_path / "data.feather")
    right = tuple(str(BIG + k) for k in range(3))
    for frame in (
        table,
        read_table(tmp_path / "data.parquet"),
        read_table(tmp_path / "data.feather"),
    ):
        assert levels_of(frame) == right


def test_workbooks(tmp_path):
    pytest.importorskip("openpyxl")
    frame = pd.DataFrame(
        {
            "y": np.sin(np.arange(32.0)),
            "id": [f"{1 + k // 8:03}" for k in range(32)],
            "long": [str(BIG + k // 8) for k in range(32)],
            "lost": [float(BIG + k // 8) for k in range(32)],
            "typed": [str(k % 5 / 2) for k in range(32)],
            "whole": [k % 3 if k else None for k in range(32)],
        }
    )
    frame.to_excel(tmp_path / "data.xlsx", index=False)
    read = read_table(tmp_path / "data.xlsx")
    assert levels_of(read) == ("001", "002", "003", "004")
    assert len(build_design("y ~ 1 + (1 | long)", read, GAUSSIAN).blocks[0].levels) == 4
    np.testing.assert_array_equal(read["typed"], np.arange(32) % 5 / 2)
    assert read["whole"].dtype == float
    with pytest.raises(DataError, match="'lost' has levels such as 100000000000000000"):
        build_design("y ~ 1 + (1 | lost)", read, GAUSSIAN)
    with pytest.raises(DataError, match="'lost' of the file holds whole numbers beyond 15 digits"):
        read_table(tmp_path / "data.xlsx", text=["lost"])


@pytest.mark.parametrize(
    ("kind", "first"),
    [("float64", 2**53), ("Float64", 2**53), ("float32", 2**24), ("object", 2**53)],
)
def test_identifiers_that_arrive_as_floats_are_refused_where_digits_are_lost(kind, first):
    y = np.sin(np.arange(16.0))
    for start, refused in ((first, True), (first // 2, False)):
        ids = pd.Series([float(start + k // 8 * 8) for k in range(16)]).astype(kind)
        for formula in ("y ~ 1 + (1 | id)", "y ~ factor(id)"):
            data = pd.DataFrame({"y": y, "id": ids})
            if refused:
                with pytest.raises(DataError, match="do not tell whole numbers beyond"):
                    build_design(formula, data, GAUSSIAN)
            else:
                assert build_design(formula, data, GAUSSIAN).n_obs == 16
    assert build_design("y ~ id", pd.DataFrame({"y": y, "id": ids}), GAUSSIAN).n_obs == 16


# ---------------------------------------------------------------- new data


def labels_of(old, new) -> list[str]:
    """Return the groups of new rows under the names of the fit."""
    design = build_design("y ~ 1 + (1 | id)", old, GAUSSIAN)
    return design.encoder.encode(new).blocks[0][1].tolist()


def frame_of(ids) -> pd.DataFrame:
    ids = pd.Series(ids)
    return pd.DataFrame({"y": np.sin(np.arange(4.0 * len(ids))), "id": np.repeat(ids, 4).array})


MATCHES = {
    "text, and numbers later": (["001", "002", "003"], [1, 3], ["001", "003"]),
    "text, and floats later": (["001", "002", "003"], [1.0, np.nan], ["001"]),
    "numbers, and text later": ([1, 2, 3], ["001", "A4"], ["1", "A4"]),
    "text with and without zeros": (["001", "002", "003"], ["1", "010"], ["001", "010"]),
    "whole and floating": ([1, 2, 3], [1.0, 2.0], ["1", "2"]),
    "floats of the file as text": ([1.0, 2.0, 3.0], ["1.0", "2"], ["1", "2"]),
    "zeros and none are two": (["001", "1", "2"], ["1", "001"], ["1", "001"]),
    "sections as text": (["1.1", "1.10", "1.2"], ["1.10", "1.1"], ["1.10", "1.1"]),
    "a new section": (["1.10", "1.20"], ["1.1"], ["1.1"]),
    "decimals read as numbers": ([1.1, 1.2], ["1.10", "1.2"], ["1.1", "1.2"]),
    "long": ([BIG + 1, BIG + 2], [str(BIG + 2), str(BIG + 3)], [str(BIG + 2), str(BIG + 3)]),
    "words": (["a", "b"], ["b", "c"], ["b", "c"]),
}


@pytest.mark.parametrize("kind", MATCHES)
def test_new_rows_belong_to_the_groups_of_the_fit(kind):
    old, new, expected = MATCHES[kind]
    new = pd.DataFrame({"id": new}).dropna()
    assert labels_of(frame_of(old), new) == expected


UNKNOWABLE = {
    "which section": (["1.1", "1.10", "1.2"], [1.1]),
    "which section, one known": (["1.10", "1.2"], [1.1]),
    "which of two persons": (["001", "1", "2"], [1]),
    "two names of one": (["001", "002"], ["1", "001"]),
    "two names of one number": ([1, 2], ["1", "001"]),
}


@pytest.mark.parametrize("kind", UNKNOWABLE)
def test_what_cannot_be_known_is_refused(kind):
    old, new = UNKNOWABLE[kind]
    with pytest.raises(DataError, match="of the new data has"):
        labels_of(frame_of(old), pd.DataFrame({"id": new}))


def test_levels_of_predictors_and_of_combined_groups_are_matched_too():
    old = pd.DataFrame(
        {
            "y": np.sin(np.arange(48.0)),
            "a": [f"{1 + k % 3:02}" for k in range(48)],
            "b": [f"{1 + k // 3 % 4:02}" for k in range(48)],
        }
    )
    design = build_design("y ~ factor(a) + (1 | a:b)", old, GAUSSIAN)
    rows = design.encoder.encode(pd.DataFrame({"a": [1, 3], "b": [4, 2]}))
    np.testing.assert_array_equal(rows.mu.X, [[0, 0], [0, 1]])
    assert rows.blocks[0][1].tolist() == ["01:04", "03:02"]


def test_numbers_of_the_fit_are_numbers_in_new_text():
    old = frame_of([1, 2, 3]).assign(month=np.arange(12) % 12 + 1)
    design = build_design("y ~ month", old, GAUSSIAN)
    rows = design.encoder.encode(pd.DataFrame({"month": ["01", "12"]}))
    np.testing.assert_array_equal(rows.mu.X[:, 0], [1, 12])
    with pytest.raises(DataError, match="where numbers are needed"):
        design.encoder.encode(pd.DataFrame({"month": ["May", "12"]}))


def test_a_known_person_is_known_in_the_next_file(tmp_path, monkeypatch, capsys):
    old = read_table(file_of(tmp_path, ["1.1", "1.10", "2.5", "3.5"]))
    design = build_design("y ~ 1 + (1 | id)", old, GAUSSIAN)
    from dataclasses import replace

    fit = replace(synthetic_fit(design, synthetic_draws(design)), own_data=old)
    (tmp_path / "new.csv").write_text("id\n1.10\n")
    with pytest.raises(DataError, match=r"read_table\(path, text=\['id'\]\)"):
        fit.predict(read_table(tmp_path / "new.csv"))
    right = fit.predict(pd.DataFrame({"id": ["1.10"]})).table
    advised = fit.predict(read_table(tmp_path / "new.csv", text=["id"])).table
    pd.testing.assert_frame_equal(advised, right)
    fit.save(tmp_path / "fit")
    told = fit.predict(read_table(tmp_path / "new.csv", text=["id"]), "these groups")
    out = tmp_path / "out.csv"
    command(monkeypatch, "predict", tmp_path / "fit", tmp_path / "new.csv", "--out", out)
    capsys.readouterr()
    np.testing.assert_allclose(pd.read_csv(out)["mean"], told.table["mean"], rtol=1e-12)
    again = bayesmm.load(tmp_path / "fit").predict(pd.DataFrame({"id": ["1.10"]})).table
    np.testing.assert_allclose(again["mean"], right["mean"], rtol=1e-12)
    with pytest.raises(UsageError, match="levels that the data of the fit do not have: 9"):
        fit.predict(pd.DataFrame({"id": [9]}))
