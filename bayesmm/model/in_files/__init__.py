"""Models of rows that lie in Parquet files and are more than memory holds.

The order of the rows is that of ``pandas.read_parquet(folder)``: files by path, rows as they stand.
Rows with a missing value are left out, and the others are taken `row_sums.CHUNK` at a time, so
that every sum is the one that the same rows in memory have, to the last bit: both ways add the
same chunks by the same functions. Three passes:

1. `look`: which levels the factors and groupings have, how many rows there are and are left out,
   means of the variables of numbers. A row for each level and each combination that occurs, the
   *examples*, is kept: `model.build.learn_design` makes of these few rows the names, levels, terms
   and the encoder that it would make of all.
2. `summaries`: with levels known each chunk is coded as a small `Design` (`coding`); means, sds
   and extremes of all its columns, from which priors, starts and checks are computed. Of gaussian
   models also the cross-products within each combination of levels (`cells`): few rows have the
   same, and stand for all where the likelihood is maximised. Of discrete responses the distinct
   rows and how often each is there (`cell_rows`): the likelihood needs no others, and the engine
   gets the rows that it makes of all in memory, merged.
3. Of gaussian models the engine's own pass over the same small designs, for the cross-products
   within groups.

What is fitted is a `Design` whose arrays are `RowsInFiles`: they know sums, and refuse in a
sentence whatever would need the rows; `results.streamed` answers some of it batch by batch.
Models whose posterior needs more than such sums (other families, weights, offsets, several factors
with very many levels) are refused before any pass, and so are discrete responses of rows that are
hardly alike, after the second. All sums are plain arrays (`kept_sums`), which a saved fit holds.
"""
