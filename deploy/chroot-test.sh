#!/usr/bin/env bash
# Tries the project as a newcomer would: a fresh Debian 12 (debootstrap, with python3, make, git and
# ca-certificates only), a copy of the work tree, 'make run' as root, a look at it, 'make stop', and all again.
#   deploy/chroot-test.sh [--setup-only] [--keep] [FOLDER]      FOLDER: the work tree (default: this one)
# Needs root, debootstrap and about 6 GB under $TMPDIR or /var/tmp. CITYGRID_PORT defaults to 8738 here.
# All runs in mount and process namespaces of its own: nothing stays mounted or running, however it ends.
set -euo pipefail

PORT=${CITYGRID_PORT:-8738}
SETUP_ONLY= KEEP=
while [[ ${1:-} == --* ]]; do
    case $1 in
        --setup-only) SETUP_ONLY=1 ;;
        --keep) KEEP=1 ;;
        *) sed -n '2,7p' "$0"; exit 2 ;;
    esac
    shift
done
SOURCE=$(cd "${1:-$(dirname "$0")/..}" && pwd)

outside() {
    local root status=0
    root=$(mktemp -d "${TMPDIR:-/var/tmp}/citygrid-chroot.XXXXXX")
    chmod 755 "$root"
    unshare --mount --pid --fork --kill-child \
        env CITYGRID_CHROOT="$root" "$0" ${SETUP_ONLY:+--setup-only} ${KEEP:+--keep} "$SOURCE" || status=$?
    if [ -n "$KEEP" ]; then echo "kept: $root"; else rm -rf --one-file-system "$root"; fi
    return $status
}

say() { printf '\n== %s (%s)\n' "$*" "$(date +%H:%M:%S)"; }
inside() { chroot "$ROOT" /usr/bin/env -i "${ENVIRONMENT[@]}" bash -c "cd /srv/citygrid && $1"; }

# The mirror, package settings and certificates of this machine, whatever they are.
make_debian() {
    local mirror
    mirror=$(apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(COMPONENT)' |
        awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
    debootstrap --variant=minbase --include=python3,make,git,ca-certificates bookworm "$ROOT" "$mirror" >"$ROOT.log" 2>&1 ||
        { tail -n 20 "$ROOT.log"; return 1; }
    rm -f "$ROOT.log"
}

copy_settings() {
    local file
    for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt /etc/npmrc /root/.npmrc; do
        [ ! -f $file ] || cp -L $file "$ROOT$file"
    done
    for file in /etc/pip.conf /root/.config/pip/pip.conf; do
        [ -f $file ] || continue
        mkdir -p "$(dirname "$ROOT$file")"
        grep -vE 'find-links|file://' $file >"$ROOT$file" || true
    done
    grep -lsE '^Acquire' /etc/apt/apt.conf.d/* | xargs -rI{} cp {} "$ROOT/etc/apt/apt.conf.d/" || true
    cp -r /usr/local/share/ca-certificates/. "$ROOT/usr/local/share/ca-certificates/" 2>/dev/null || true
}

copy_project() {
    mkdir -p "$ROOT/srv/citygrid"
    (cd "$SOURCE" && git ls-files -coz --exclude-standard | while IFS= read -rd '' file; do
        [ ! -e "$file" ] || printf '%s\0' "$file"
    done | tar -c --null -T -) | tar -x -C "$ROOT/srv/citygrid" --no-same-owner
}

mount_kernel() {
    mount --make-rprivate /
    mount --bind /dev "$ROOT/dev"
    mount -t tmpfs tmpfs "$ROOT/dev/shm"
    mount -t proc proc "$ROOT/proc"
    mount -t sysfs -o ro sysfs "$ROOT/sys"
}

environment() {
    ENVIRONMENT=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "CITYGRID_PORT=$PORT")
    local name
    for name in $(compgen -e | grep -iE '^(PIP_(CERT|INDEX_URL|DEFAULT_TIMEOUT)|UV_(INDEX|DEFAULT_INDEX).*|.*_proxy|SSL_CERT_FILE|NODE_EXTRA_CA_CERTS|NPM_CONFIG_.*|.*CA_BUNDLE)$'); do
        ENVIRONMENT+=("$name=${!name}")
    done
}

# start TITLE: 'make run' in the background until it is ready; then the probe.
start() {
    local began=$SECONDS run probe ended=
    say "make run, $1"
    inside "exec make run" &
    run=$!
    inside "python3 deploy/probe.py http://127.0.0.1:$PORT .citygrid 1500" &
    probe=$!
    wait -n -p ended "$run" "$probe" && [ "$ended" = "$probe" ] ||
        { echo "FAILED: $([ "$ended" = "$probe" ] && echo the probe || echo "make run ended before its time")"; return 1; }
    TIMES+=("$1: $((SECONDS - began)) s until ready and probed")
    say "make stop"
    inside "make stop"
    wait "$run" || { echo "make run ended with $?"; return 1; }
}

trial() {
    ROOT=$CITYGRID_CHROOT TIMES=()
    say "debootstrap"; make_debian
    copy_settings; copy_project; mount_kernel; environment
    if [ -n "$SETUP_ONLY" ]; then
        say "make setup web"; inside "time make setup web && time make setup web"
        inside "pg_lsclusters || true"
        inside ".venv/bin/python -c 'from pathlib import Path; from spatial.database.cluster import Cluster
with Cluster(Path(\".citygrid\"), say=print) as url: print(\"cluster answers\")'"
        return
    fi
    start "first time"
    start "second time"
    say "no system cluster, nothing left running"
    [ -z "$(inside 'pg_lsclusters --no-header')" ]
    inside '! ls -l /proc/[0-9]*/exe 2>/dev/null | grep -E "postgres|python"'
    printf '%s\n' "${TIMES[@]}"
}

if [ -z "${CITYGRID_CHROOT:-}" ]; then outside; else trial; fi
