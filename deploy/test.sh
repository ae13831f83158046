#!/usr/bin/env bash
# 'make test': everything that a landing needs, with its own set-up; each part says how long it took.
# 'deploy/test.sh long': what is longer (soaks, QGIS, chaos, big fuzz). More words go to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
PY=.venv/bin/python
WORKERS=${CITYGRID_TEST_WORKERS:-2}
TIMES=()

timed() {
    local what=$1 began=$SECONDS
    shift
    printf '\n== %s\n' "$what"
    if "$@"; then
        TIMES+=("$(printf '%5d s  %s' $((SECONDS - began)) "$what")")
    else
        TIMES+=("$(printf '%5d s  %s FAILED' $((SECONDS - began)) "$what")")
        exit 1
    fi
}
report() { printf '\n'; printf '%s\n' "${TIMES[@]:-}" "$(printf '%5d s  in all' $SECONDS)"; }
trap report EXIT

# The tests have databases and settings of their own; a running city must be neither seen nor touched.
for name in $(compgen -e | grep '^CITYGRID_' || true); do
    [ "$name" = CITYGRID_TEST_WORKERS ] || unset "$name"
done

timed "set-up" deploy/setup.sh test
timed "web assets" "$PY" -m web_map.assets
if [ "${1:-}" = long ]; then
    shift
    timed "QGIS" deploy/setup.sh qgis
    timed "long tests" "$PY" -m pytest -m "slow or qgis" "$@"
    exit
fi
timed "ruff" "$PY" -m ruff check .
timed "ruff format" "$PY" -m ruff format --check --quiet .
timed "mypy" "$PY" -m mypy
timed "vitest" "$PY" -m web_map.assets test
# Once, and not by each of the first servers at the same time.
timed "kernels" env NUMBA_CACHE_DIR="$PWD/.citygrid-cache/numba" "$PY" -c \
    "from spatial.addresses import geocode; from spatial.patrols import tracks; from lifeline.warm import warm; geocode.warm(); tracks.warm(); warm()"
timed "pytest" "$PY" -m pytest -m "not slow and not qgis" -n "$WORKERS" --dist loadgroup --max-worker-restart 0 "$@"
