# Shared by the scripts: find a Python, make an environment.

# find_python X.Y: print the path of a CPython X.Y, from PATH or pyenv; fail if there is none.
find_python() {
    local version=$1 candidate
    for candidate in "$(command -v "python$version" || true)" "${PYENV_ROOT:-/root/.pyenv}"/versions/"$version".*/bin/python \
        "$HOME"/.pyenv/versions/"$version".*/bin/python "$(command -v python3 || true)" "$(command -v python || true)"; do
        [ -n "$candidate" ] && [ -x "$candidate" ] || continue
        # A pyenv shim exists for versions that are not active, so each candidate is asked.
        if [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; then
            echo "$candidate"
            return 0
        fi
    done
    return 1
}

# any_python: a supported CPython; 3.11 first, because MaxCompute has an executor of that version.
any_python() {
    local version
    for version in 3.11 3.13 3.12; do find_python "$version" && return 0; done
    echo "odps-jupyter needs CPython 3.11, 3.12 or 3.13; none was found on PATH or under pyenv." >&2
    return 1
}

# make_environment DIR PYTHON: a virtual environment with a current pip.
make_environment() {
    [ -x "$1/bin/python" ] || "$2" -m venv "$1"
    "$1/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
}

step() { printf '\n== %s\n' "$*"; }
