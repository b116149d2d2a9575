# What the tests of programs in other languages need: compilers and runtimes. Sourced by the gate.
#
# As root on Debian or the like, what is missing is installed. Anybody else must have installed it; the
# tests then say what is lacking. A sandbox sees system folders only, so nothing in a home counts.

typescript=5.9.3 # later major versions have no transpileModule

# install_toolchains: compilers and runtimes of every language, unless they are there.
install_toolchains() {
    local -A packages=(
        [gcc]=gcc [g++]=g++ [node]=nodejs [javac]=default-jdk-headless [go]=golang-go [rustc]=rustc
    )
    local command missing=()
    for command in "${!packages[@]}"; do
        seen_inside "$command" || missing+=("${packages[$command]}")
    done
    if [[ $EUID -ne 0 ]] || ! type -P apt-get >/dev/null; then return; fi
    if ((${#missing[@]})); then install_packages "${missing[@]}"; fi
    has_typescript || npm install --global --silent "typescript@$typescript" ||
        install_packages node-typescript
}

install_packages() {
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

seen_inside() {
    PATH=/usr/local/bin:/usr/bin:/bin type -P "$1" >/dev/null
}

has_typescript() {
    local folder
    for folder in /usr/lib/node_modules /usr/local/lib/node_modules /usr/share/nodejs; do
        if [[ -d $folder/typescript ]]; then return; fi
    done
    return 1
}
