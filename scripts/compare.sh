#!/usr/bin/env bash
# Whether a change makes kickmsg slower than a base: scripts/compare.sh --help
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# The first Python that has the statistics; the system's, for that is the one whose packages are installed.
for candidate in /usr/bin/python3 python3; do
    if "$candidate" -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("scipy"))' 2>/dev/null; then
        export PYTHONDONTWRITEBYTECODE=1
        exec "$candidate" "$scripts/compare.py" "$@" </dev/null
    fi
done
echo "compare.sh: no python3 with scipy: install python3-scipy, or run scripts/bootstrap.sh" >&2
exit 2
