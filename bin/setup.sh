# Sourced by the other commands: finds a Python, creates .venv and installs the pinned
# requirements. Needs only a supported Python with venv, and a package index.
# Expects `root`, the project's directory.

venv="$root/.venv"
supported_pythons="3.14 3.13 3.12 3.11" # newest first
runs_on="Layar runs on Python 3.11 to 3.14"

# python_version INTERPRETER: prints its version; fails if it is no Python or cannot create a venv.
python_version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2]); import ensurepip, venv' 2>/dev/null
}

is_supported() {
    case " $supported_pythons " in
        *" ${1:-none} "*) return 0 ;;
        *) return 1 ;;
    esac
}

# Prints the interpreter named by PYTHON, else the newest supported one on the PATH that can create a venv.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        version=$(python_version "$PYTHON") || true
        if is_supported "$version"; then
            command -v "$PYTHON"
            return
        fi
        if [ -n "$version" ]; then
            echo "PYTHON names $PYTHON, which is Python $version." >&2
        else
            echo "PYTHON names $PYTHON, which does not run." >&2
        fi
        echo "$runs_on." >&2
        return 1
    fi
    incomplete=
    for wanted in $supported_pythons; do
        for candidate in "python$wanted" python3 python; do
            version=$(python_version "$candidate") && complete=yes || complete=
            [ "$version" = "$wanted" ] || continue
            if [ -n "$complete" ]; then
                command -v "$candidate"
                return
            fi
            incomplete=${incomplete:-$candidate}
        done
    done
    if [ -n "$incomplete" ]; then
        command -v "$incomplete" # make_venv says what it lacks
        return
    fi
    echo "$runs_on, and found none of them." >&2
    echo "Install one (Debian and Ubuntu: apt install python3 python3-venv), or name one:" >&2
    echo "    PYTHON=/path/to/python3.14 $0" >&2
    return 1
}

make_venv() {
    python=$(find_python) || exit 1
    if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
        echo "$python has no venv, which Layar needs to install its packages." >&2
        echo "Install it (Debian and Ubuntu: apt install python3-venv), then run this again." >&2
        exit 1
    fi
    echo "Creating .venv with $("$python" -V)"
    "$python" -m venv --clear "$venv" || exit 1
}

has_usable_venv() {
    "$venv/bin/python" -m pip --version >/dev/null 2>&1 &&
        is_supported "$(python_version "$venv/bin/python")"
}

# Processes may be running from .venv, so it is never replaced.
refuse_other_python() {
    [ -n "${PYTHON:-}" ] || return 0
    find_python >/dev/null || exit 1
    chosen=$(python_version "$PYTHON") || true
    present=$(python_version "$venv/bin/python") || true
    if [ "$chosen" != "$present" ]; then
        echo "PYTHON names Python $chosen, but .venv was created with Python $present." >&2
        echo "Remove $venv, then run this again." >&2
        exit 1
    fi
}

# use_requirements NAME: installs NAME.txt into .venv, once for each version of that file.
# The test requirements include the product's, so that one stamp serves for both.
use_requirements() {
    if has_usable_venv; then
        refuse_other_python
    else
        make_venv
    fi
    wanted=$(cksum <"$root/$1.txt")
    stamp="$venv/.$1"
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    echo "Installing $(grep -c '^[a-z0-9].*==' "$root/$1.txt") packages of $1.txt (a few minutes)"
    rm -f "$stamp"
    if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --no-compile --require-hashes --requirement "$root/$1.txt"; then
        echo "The packages could not be installed; see pip's output above." >&2
        echo "Then run this command again: it continues where it stopped." >&2
        exit 1
    fi
    # On every processor; pip uses one. A file for another version of Python is no error.
    "$venv/bin/python" -m compileall -q -j 0 "$venv/lib" >/dev/null 2>&1 || true
    echo "$wanted" >"$stamp"
    if [ "$1" = requirements-dev ]; then
        cksum <"$root/requirements.txt" >"$venv/.requirements"
    fi
}
