"""Fits on disk: JSON for what is said, zarr for the draws, Parquet for the data; no pickle.

``fit.json`` says what a fit is, ``draws.zarr`` and ``data.parquet`` hold its numbers; nothing in
the folder is code. It is written beside its name (``.NAME.saving-XXXX``, locked) and takes the name
in one step when everything is on the disk, by a rename that refuses what is taken or an exchange
of names (`exchange`). What killed saves left is put back or removed by the next (`leftovers`), and
what others put there stays (`foreign`).

Reading refuses links, forged sizes and wrong types before anything is decoded (`fences`, `arrays`,
`table_size`, `forms`), checks the checksums, builds the design again from formula and data, and
computes the log density of a few draws again.
"""
