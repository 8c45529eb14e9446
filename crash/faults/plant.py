#!/usr/bin/env python3
"""Plants each fault of faults.py in a copy of the library and requires that the tests named there report it.

crash/faults/plant.py --build DIR [--only NAME ...] [--json FILE]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from harness import planting

if __name__ == "__main__":
    sys.exit(planting.main(planting.load(Path(__file__).resolve().with_name("faults.py"))))
