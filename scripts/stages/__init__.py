"""The stages of validate.py, a module each:

    TIMEOUT   seconds, by mode (quick, main, full)
    NEEDS     stages that must have passed in the same run (optional; they are run first)
    AFTER     stages that are run first, whatever they say (optional)
    run(stage)          does the work and records its checks
    soak(stage, round)  one more round from a new seed, for --full (optional)

The order below is the order of a run. The report is last: it sees all results.
"""

ORDER = [
    "build",
    "unit",
    "models",
    "mutants",
    "genmc",
    "plain_mutants",
    "crash",
    "sweep",
    "stress",
    "fuzz",
    "sanitizers",
    "coverage",
    "examples",
    "tools",
    "python",
    "testing",
    "packaging",
    "containers",
    "platforms",
    "budgets",
    "bench",
    "compare",
    "lint",
    "report",
]
