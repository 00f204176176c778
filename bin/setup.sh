# Sourced by the other commands: finds a Python, makes .venv and keeps it as the pinned
# requirements say. Needs only Python 3.11 or later with venv, and a package index.
# Expects `root`, the project's folder.

venv="$root/.venv"

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 python; do
        [ -n "$candidate" ] || continue
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    echo "Layar needs Python 3.11 or later, and found none." >&2
    echo "Install it (Debian and Ubuntu: apt install python3 python3-venv), or name one:" >&2
    echo "    PYTHON=/path/to/python3.12 $0" >&2
    return 1
}

make_venv() {
    python=$(find_python) || exit 1
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "$python has no venv, which Layar needs for its own packages." >&2
        echo "Install it (Debian and Ubuntu: apt install python3-venv), then run this again." >&2
        exit 1
    fi
    echo "Making .venv with $("$python" -V)"
    "$python" -m venv --clear "$venv" || exit 1
}

# use_requirements NAME: brings .venv up to NAME.txt, once for each version of that file.
# What tests need includes what the product needs, so that stamp serves for both.
use_requirements() {
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 || make_venv
    wanted=$(cksum <"$root/$1.txt")
    stamp="$venv/.$1"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    echo "Installing $(grep -c '^[a-z0-9].*==' "$root/$1.txt") packages of $1.txt (about a minute)"
    rm -f "$stamp"
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --require-hashes --requirement "$root/$1.txt"; then
        echo "The packages could not be installed; pip's words above say why." >&2
        echo "Once that is mended, run this again: it goes on where it stopped." >&2
        exit 1
    fi
    echo "$wanted" >"$stamp"
    if [ "$1" = requirements-dev ]; then
        cksum <"$root/requirements.txt" >"$venv/.requirements"
    fi
}
