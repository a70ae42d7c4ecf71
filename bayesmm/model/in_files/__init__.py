"""Models of rows that lie in Parquet files and are more than memory holds.

The columns of files are found by name, and the types of a name are the same in all. Without an
intercept, and with offsets of counts, what scales priors and starts is a sum of another order than
in memory: then the numbers agree to ten digits, not to the bit.

The order of the rows is that of ``pandas.read_parquet(folder)``: files by path, rows as they stand.
Rows with a missing value are left out, and the others are taken in an order, and in blocks, chunks
and pieces, that do not depend on the files, so that every sum is the one that the same rows in
memory have, to the last bit: both ways add the same by the same functions. What can be read by
itself (a row group, a partition of Dask) is cut into the same blocks, which are summed side by side
(`stretches`, `joining`). A relation of DuckDB or a dataframe of Dask is read in the same way
(`other_sources`), in the order in which it gives its rows.

1. `look`: which levels the factors and groupings have, how many rows there are and are left out,
   means of the variables of numbers. A row for each level and each combination that occurs, the
   *examples*, is kept: `model.build.learn_design` makes of these few rows the names, levels, terms
   and the encoder that it would make of all.
2. Of more rows than a chunk a gaussian model knows all by its sums within cells
   (`model.cell_sums`): columns, centred too, what scales priors, cross-products within groups, the
   few rows that stand for all where the likelihood is maximised. Where all columns are numbers and
   every grouping is a column, the first pass takes them too (`met`): one pass. With factors among
   the columns they are taken in a second one, as small designs (`coding`). ``center`` and
   ``scale`` cost a pass before (`learning`).
3. Otherwise (a chunk or less, very many combinations of levels, products of numbers far from zero,
   whose differences would have no digits left, weights, offsets, no intercept) `summaries` are
   taken of the columns, again for each change of them, and the engine goes over the rows for its
   cross-products. In memory such models go by their rows as well. Of discrete responses the
   distinct rows are kept beside, and how often each is there, with the sum of its weights
   (`cell_rows`): the likelihood needs no others, and the engine gets the rows that it makes of all
   in memory, merged.

What is fitted is a `Design` whose arrays are `RowsInFiles`: they know sums, and refuse in a
sentence whatever would need the rows; `results.streamed` answers some of it batch by batch.
Models whose posterior needs more than such sums (other families, several factors with very many
levels) are refused before any pass, and so are discrete responses of rows that are hardly alike,
after the second. All sums are plain arrays (`kept_sums`), which a saved fit holds.
"""
