#!/usr/bin/env bash
# Builds, checks, measures and reports: scripts/validate.sh --help
set -euo pipefail
scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

for argument in "$@"; do
    case $argument in
        -h | --help | --list) bootstrap=no ;;
    esac
done
if [ "${bootstrap:-yes}" = yes ] && ! "$scripts/bootstrap.sh"; then
    echo "0 passed, 1 failed"
    exit 1
fi

# The first Python that can draw; the system's, for that is the one whose packages are installed.
python=
for candidate in /usr/bin/python3 python3; do
    if "$candidate" -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("matplotlib"))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
export PYTHONDONTWRITEBYTECODE=1
exec "${python:-python3}" "$scripts/validate.py" "$@" </dev/null
