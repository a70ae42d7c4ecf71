"""The compiled path: log densities as machine code, sampled through their C addresses.

A kernel is a module of functions with the decorators of `kernels.inner`, which call each other.
They are `Deferred`: numba is imported when one of them is compiled, and only then. Two kinds have
an address, both from `code.c_address`: C functions (densities, rows, and what
`kernels.records.call_with_record` calls) and functions of arrays that Python calls
(``@array_function``, `arrays`; what comes back is an argument). All others are parts: `parts` has
numba optimise them, and make machine code, once, within the function that has an address.

`c_address` asks `ready` first, for the library that came with a wheel: used when the digest of
kernels and families, the instructions of the processor and the stored results of three densities
agree, bit for bit. Otherwise numba compiles, and `kept_code` keeps the object file, which later
processes load without numba: `cache` says in which folder (one for each digest of the kernels, of
this user alone). `ahead` has all code in ``PIECES``, and the second process: beside the first fit
it compiles the way back to the gradient, which is a C function of its own, and what comes after
sampling; beside `warm_up` it goes through all code from the other end. `one_compiler` lets one
process wait for the other.

``tools/`` makes the library when a wheel is built on Linux: ``machine_code.py`` compiles all
``PIECES`` for x86-64-v3 and writes library, manifest and cases (``cases.py``); ``one_module.py``
joins the optimised code with the few functions of numba's runtime that it calls; ``wheel_hook.py``
is hatchling's, and ``build_backend.py`` asks for numba to build a wheel but not an editable
installation. So a new C function is in the next wheel when a piece compiles it, and
``tests/test_ready_code.py`` is green.
"""
