#!/bin/sh
# Rebuilds the components of this folder.
#
#   ./build.sh               build every component whose tools are on PATH
#   ./build.sh NAME...       build these only (adder, types, ...)
#
# Tools, as Debian sid packages (a debootstrap chroot will do):
#   all    wasm-tools
#   rust/  rustc libstd-rust-dev-wasm32 rust-llvm
#   c/     wasi-libc clang-22 lld-22 libclang-rt-22-dev-wasm32
# and from npm:
#   as/    assemblyscript@0.28 (asc)
#   js/    componentize-qjs@0.4.5; built only when it is named
#   printer-c  the adapter for preview 1, which is lib/NAME in
#          @bytecodealliance/jco@1.35.0; ADAPTER is its file, see below
# RUSTC, CC, ASC, QJS and WASM_TOOLS override the commands' names.
#
# A component is made in three steps: a core module, whose exports and imports
# have the names that the canonical ABI gives them; "wasm-tools component
# embed", which adds the world of wit/ as a custom section; and "wasm-tools
# component new". With the same tools the result is the same, byte for byte.
set -eu
cd "$(dirname "$0")"

rustc=${RUSTC:-rustc}
cc=${CC:-clang-22}
asc=${ASC:-asc}
qjs=${QJS:-componentize-qjs}
tools=${WASM_TOOLS:-wasm-tools}
adapter=${ADAPTER:-wasi_snapshot_preview1.reactor.wasm}
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# NAME SOURCE WORLD ENCODING FLAGS... Composed ones: NAME compose ROOT PART...
# Each comes after its parts. A rust source with "wasip2" has std for WASI; the
# others have the std that imports nothing.
list() {
  cat <<'END'
adder rust/adder.rs adder utf8 wasip2
adder-plain rust/adder.rs adder utf8
types rust/types.rs types utf8
resources rust/resources.rs resources utf8
counting rust/counting.rs counting utf8
registry rust/registry.rs registry utf8
consumer rust/consumer.rs consumer utf8
chain rust/chain.rs chain utf8
reactor-std rust/reactor.rs reactor utf8 wasip2
strings-c c/strings.c strings utf8
calls-c c/caller.c caller utf8
callee-c c/callee.c callee utf8
echo-utf8 c/echo.c echo utf8
echo-utf16 c/echo.c echo utf16 -DUTF16
echo-latin1 c/echo.c echo compact-utf16 -DLATIN1
echo-end-utf8 c/echo.c echo-end utf8 -DEND
echo-end-utf16 c/echo.c echo-end utf16 -DUTF16 -DEND
echo-end-latin1 c/echo.c echo-end compact-utf16 -DLATIN1 -DEND
traps c/traps.c traps utf8 --target=wasm32 -nostdlib -mexec-model=command -Wl,--no-entry
printer-c c/printer.c printer utf8 adapter
as-text as/text.ts as-text utf16
as-stats as/stats.ts as-stats utf16
js-text js/text.js js-text utf8
composed compose consumer registry
composed-resources compose counting resources
composed-calls compose calls-c callee-c
composed-chain compose calls-c chain callee-c
composed-echo compose echo-utf8 echo-utf16 echo-end-latin1
END
}

have() { # COMMAND NAME
  command -v "$1" >/dev/null && return 0
  echo "build.sh: $2 needs $1, which is not on PATH; left as it is" >&2
  failed=1
  return 1
}

core_rust() { # SOURCE FLAGS
  target=wasm32-unknown-unknown
  link=
  if [ "$2" = wasip2 ]; then
    target=wasm32-wasip2
    link="-C link-arg=--skip-wit-component"
  fi
  # shellcheck disable=SC2086 # flags are words
  "$rustc" --edition 2024 --crate-type cdylib --target $target -D warnings -C opt-level=z \
    -C panic=abort -C lto=fat -C codegen-units=1 -C strip=symbols \
    "--remap-path-prefix=$PWD=." $link -o "$tmp/core.wasm" "$1"
}

core_c() { # SOURCE FLAGS
  # shellcheck disable=SC2086
  "$cc" --target=wasm32-wasip1 -mexec-model=reactor -Oz -flto -s -std=c17 -Wall -Wextra \
    -Werror "-ffile-prefix-map=$PWD=." ${2%adapter} -o "$tmp/core.wasm" "$1"
}

core_as() { # SOURCE
  "$asc" "$1" -Oz --runtime incremental --use abort= -o "$tmp/core.wasm"
}

# embed NAME WORLD ENCODING FLAGS turns the core module into the component.
embed() {
  "$tools" component embed wit --world "$2" --encoding "$3" "$tmp/core.wasm" -o "$tmp/typed.wasm"
  out=$1.wasm
  case $4 in
  adapter) set -- --adapt "wasi_snapshot_preview1=$adapter" ;;
  *) set -- ;;
  esac
  "$tools" component new "$@" "$tmp/typed.wasm" -o "$out"
}

# compose OUT ROOT PART... puts components into one: each part has the interface
# that the one before it imports.
compose() {
  if [ $# -gt 3 ]; then
    (
      shift 2
      compose "$tmp/rest$#.wasm" "$@"
    )
    set -- "$1" "$2" "$tmp/rest$(($# - 2)).wasm"
  fi
  "$tools" compose "$2" -d "$3" -o "$1"
}

build() { # NAME SOURCE WORLD ENCODING FLAGS
  case $2 in
  *.js) ;; # has all it needs inside
  *) have "$tools" "$1" || return 0 ;;
  esac
  case $2 in
  *.rs)
    have "$rustc" "$1" || return 0
    core_rust "$2" "$5"
    embed "$1" "$3" "$4" "$5"
    ;;
  *.c)
    have "$cc" "$1" || return 0
    core_c "$2" "$5"
    embed "$1" "$3" "$4" "$5"
    ;;
  *.ts)
    have "$asc" "$1" || return 0
    core_as "$2"
    embed "$1" "$3" "$4" "$5"
    ;;
  *.js)
    have "$qjs" "$1" || return 0
    "$qjs" --wit wit --world "$3" --js "$2" --stub-wasi --opt-size --sync -o "$1.wasm" >/dev/null
    ;;
  compose)
    parts=
    # shellcheck disable=SC2086
    for part in $3 $4 $5; do parts="$parts $part.wasm"; done
    # shellcheck disable=SC2086
    compose "$1.wasm" $parts
    ;;
  esac
  chmod 644 "$1.wasm"
  printf '%9d  %s\n' "$(wc -c <"$1.wasm")" "$1.wasm"
}

list >"$tmp/list"
if [ $# -eq 0 ]; then
  # shellcheck disable=SC2046
  set -- $(cut -d' ' -f1 "$tmp/list" | grep -v '^js-')
fi
for wanted in "$@"; do
  line=$(grep "^$wanted " "$tmp/list") || {
    echo "build.sh: no component is called $wanted" >&2
    exit 2
  }
  # shellcheck disable=SC2086
  set -f && set -- $line && set +f
  name=$1 source=$2 world=$3 encoding=$4
  shift 4
  build "$name" "$source" "$world" "$encoding" "$*"
done
exit $failed
