# What the tests of the docker backend need: an engine, and two images. Sourced by the gate.
#
# As root on Debian or the like, what is missing is installed and started; anybody else must have an
# engine running. No image registry is needed.

verigym=.venv-test/bin/verigym
dockerd= # the engine that we started, if we did

# start_docker LOG: starts an engine, unless one answers. It needs neither a bridge nor iptables,
# because our containers have no network.
start_docker() {
    if engine_answers; then return; fi
    if [[ $EUID -ne 0 ]]; then
        "$verigym" image list # says why none answers, and what to do
        exit 1
    fi
    install_missing dockerd docker.io
    setsid dockerd --iptables=false --bridge=none >"$1" 2>&1 &
    dockerd=$!
    for _ in {1..100}; do
        if engine_answers; then return; fi
        if ! kill -0 "$dockerd" 2>/dev/null; then break; fi
        sleep 0.5
    done
    tail -n 20 "$1" >&2
    echo "the Docker engine did not start" >&2
    exit 1
}

# stop_docker: ends the engine that we started.
stop_docker() {
    if [[ -n $dockerd ]]; then
        kill "$dockerd" || true
        wait "$dockerd" || true
    fi
}

# make_images FOLDER: makes, unless it is there, an image with Python and a C compiler from this
# machine's own package sources, and from that one with the tools of all languages. When the recipe
# changes, count the numbers up.
make_images() {
    local there
    VERIGYM_TEST_IMAGE=verigym-test:base-1
    VERIGYM_TEST_LANGUAGES_IMAGE=verigym-test:languages-1
    export VERIGYM_TEST_IMAGE VERIGYM_TEST_LANGUAGES_IMAGE
    there=$("$verigym" image list)
    if [[ $there != *"$VERIGYM_TEST_IMAGE"* ]]; then
        if ! make_root "$1/root" >"$1/root.log" 2>&1; then
            tail -n 20 "$1/root.log" >&2
            exit 1
        fi
        "$verigym" image import "$1/root" --name "$VERIGYM_TEST_IMAGE"
    fi
    if [[ $there != *"$VERIGYM_TEST_LANGUAGES_IMAGE"* ]]; then
        "$verigym" image build --base "$VERIGYM_TEST_IMAGE" --network host --quiet \
            --name "$VERIGYM_TEST_LANGUAGES_IMAGE"
    fi
}

# make_root FOLDER: a small root file system of this machine's own Debian.
make_root() {
    local release mirror
    release=$(. /etc/os-release && echo "$VERSION_CODENAME")
    install_missing debootstrap debootstrap &&
        apt-get update &&
        read -r mirror < <(apt-get indextargets --format '$(REPO_URI)' \
            'Created-By: Packages' "Codename: $release" 'Component: main') &&
        debootstrap --variant=minbase --include=python3-minimal,libpython3-stdlib,gcc,libc6-dev \
            "$release" "$1" "$mirror" &&
        rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*
}

engine_answers() {
    "$verigym" image list >/dev/null 2>&1
}

# install_missing COMMAND PACKAGE: installs a package unless its command is there.
install_missing() {
    if type -P "$1" >/dev/null; then return; fi
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2" >/dev/null
}
