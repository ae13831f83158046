#!/usr/bin/env bash
# Sets the machine and .venv/ up, as far as anything is missing; a second run takes a fraction of a second.
#   deploy/setup.sh run      PostgreSQL with PostGIS (unless CITYGRID_DATABASE_URL is set), .venv/, Node if needed
#   deploy/setup.sh test     the same with the [dev] extra, Chromium, fonts, GDAL's programs and MapServer
#   deploy/setup.sh system | browser | peers | qgis | venv [EXTRA]     one part alone; QGIS is for 'make test-long'
set -euo pipefail
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
DATABASE_PACKAGES="postgresql-15 postgresql-15-postgis-3 postgresql-15-postgis-3-scripts postgresql-15-pgrouting postgresql-15-pgrouting-scripts"
BROWSER_PACKAGES="chromium fonts-noto-cjk gdal-bin"
# Another platform for the tests of external services; its CGI program is run as it is, without a web server.
PEER_PACKAGES="cgi-mapserver"
QGIS_PACKAGES="python3-qgis qgis-server"
LOG=${TMPDIR:-/tmp}/citygrid-setup.$$.log
trap 'rm -f "$LOG"' EXIT
# Registries may stand behind a certificate that only the system knows.
export UV_SYSTEM_CERTS=1 UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1

# Two set-ups at once ('make run' and 'make test') wait for each other.
exec 9<deploy
flock 9

# step "what happens" COMMAND…: runs it quietly, shows how long it takes, and its output when it fails.
step() {
    local what=$1 began=$SECONDS job back='\n'
    shift
    [ ! -t 1 ] || back='\r\033[K'
    printf '· %s …' "$what"
    "$@" >"$LOG" 2>&1 </dev/null 9<&- &
    job=$!
    while kill -0 "$job" 2>/dev/null; do
        [ ! -t 1 ] || printf "$back· %s … %d s" "$what" $((SECONDS - began))
        sleep 0.2
    done
    if wait "$job"; then
        printf "$back✓ %s (%d s)\n" "$what" $((SECONDS - began))
    else
        printf "$back✗ %s failed; its last words:\n" "$what"
        tail -n 40 "$LOG"
        exit 1
    fi
}

has_database() {
    local extensions=/usr/share/postgresql/15/extension
    [ -x /usr/lib/postgresql/15/bin/postgres ] && [ -f $extensions/postgis.control ] && [ -f $extensions/pgrouting.control ]
}
has_venv_module() { "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null; }
has_browser() {
    command -v chromium ogrinfo >/dev/null && [ -d /usr/share/fonts/opentype/noto ]
}

apt_install() {
    if [ "$(id -u)" != 0 ]; then
        echo "Missing on this machine. Run as root:  apt-get install --no-install-recommends $*" >&2
        echo "(or 'sudo make system browser', or set CITYGRID_DATABASE_URL to use another PostGIS)" >&2
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    step "reading the package lists" apt-get update
    step "installing $*" apt-get install -y --no-install-recommends "$@"
}

# Debian would make and start a cluster of its own at the first install; ours is private and lies in the state folder.
no_system_cluster() {
    [ "$(id -u)" = 0 ] && [ ! -x /usr/lib/postgresql/15/bin/postgres ] || return 0
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/no-main.conf
}

system() {
    local missing=""
    if [ -z "${CITYGRID_DATABASE_URL:-}" ] && ! has_database; then
        no_system_cluster
        missing=$DATABASE_PACKAGES
    fi
    has_venv_module || missing="$missing python3-venv"
    # shellcheck disable=SC2086  # a list of words
    [ -z "$missing" ] || apt_install $missing
}

browser() {
    # shellcheck disable=SC2086
    has_browser || apt_install $BROWSER_PACKAGES
}

has_peers() { command -v mapserv >/dev/null; }
peers() {
    # shellcheck disable=SC2086
    has_peers || apt_install $PEER_PACKAGES
}

# Debian's Python, not ours: QGIS is GPL and stays in a process of its own.
has_qgis() { [ -x /usr/lib/cgi-bin/qgis_mapserv.fcgi ] && /usr/bin/python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("qgis") is None)'; }
qgis() {
    # shellcheck disable=SC2086
    has_qgis || apt_install $QGIS_PACKAGES
}

# vite's own range: ^20.19 or >= 22.12
has_node() {
    command -v npm >/dev/null && command -v node >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number)
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)'
}

extras() {
    local all=$1
    has_node || all="$all${all:+,}node"
    [ -z "$all" ] || printf '[%s]' "$all"
}

fingerprint() {
    { "$PYTHON" --version; pwd; echo "$1"; cat requirements.lock pyproject.toml deploy/uv.txt; } | sha256sum
}

check_python() {
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        { echo "citygrid needs Python 3.11 or newer; set PYTHON to one" >&2; exit 1; }
}

# A folder that was copied or renamed has a .venv/ whose programs still point to the old place.
drop_moved_venv() {
    [ "$(cat .venv/.place 2>/dev/null || pwd)" = "$(pwd)" ] || step "removing .venv, which belongs to another folder" rm -rf .venv
}

# A .venv/ whose making was interrupted, or that was made by other means, may lack pip.
install_uv() {
    .venv/bin/python -m pip --version || .venv/bin/python -m ensurepip
    .venv/bin/python -m pip install --require-hashes -r deploy/uv.txt
}

venv() {
    local wanted stamp
    wanted=$(extras "${1:-}")
    stamp=.venv/.stamp${1:+-$1}
    check_python
    drop_moved_venv
    [ "$(fingerprint "$wanted")" != "$(cat "$stamp" 2>/dev/null)" ] || return 0
    [ -x .venv/bin/python ] || step "making .venv" "$PYTHON" -m venv .venv
    [ -x .venv/bin/uv ] && [ .venv/bin/uv -nt deploy/uv.txt ] ||
        step "installing the installer" install_uv
    step "installing the Python packages of requirements.lock" \
        .venv/bin/uv pip install --python .venv/bin/python --no-build-isolation -c requirements.lock -e ".$wanted"
    pwd >.venv/.place
    fingerprint "$wanted" >"$stamp"
}

case "${1:-run}" in
    run) system; venv ;;
    test) system; browser; peers; venv dev ;;
    system) system ;;
    browser) browser ;;
    peers) peers ;;
    qgis) qgis ;;
    venv) venv "${2:-}" ;;
    *) sed -n '2,5p' "$0"; exit 2 ;;
esac
