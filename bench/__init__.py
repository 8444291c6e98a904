"""Measures Freehold against baselines on the same server in the same run; started by `./freehold bench`.

Single figures depend on the machine, ratios much less: trust the ratios. `docs/performance.md` explains each row.
Nothing here is shipped or imported by the package.
"""
