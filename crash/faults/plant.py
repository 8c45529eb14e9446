#!/usr/bin/env python3
"""Plants each fault of faults.py in a copy of the library and requires that the tests named there report it.

    crash/faults/plant.py --build DIR [--only NAME ...] [--json FILE]
"""
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "scripts"))
from harness import planting  # noqa: E402

if __name__ == "__main__":
    sys.exit(planting.main(planting.load(HERE / "faults.py")))
