"""The compiled path: log densities as machine code, sampled through their C addresses."""
