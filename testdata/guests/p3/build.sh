#!/bin/sh
# Rebuilds the guests of this folder, and the examples for WASI 0.3.
#
#   ./build.sh               build every guest
#   ./build.sh NAME...       build these only: hello, async, hello-wasip3, ...
#
# NAME is the base name of a source in rust/, and of the result here. NAME-rc is made
# of rust/NAME.rs, too, see below. hello-wasip3 and http-wasip3 are in
# ../../../examples. What is in wat/ needs no building.
#
# Tools: Rust 1.97 as Debian sid packages: rustc libstd-rust-dev-wasm32 rust-llvm
# rust-src. The last has the crates wasip3 and wit-bindgen in library/vendor. What
# they need of the crate futures is rust/lib/futures.rs. And dray, by default that of
# this checkout, which needs Go. RUSTC, RUST_SRC (the folder library/vendor) and DRAY
# override them.
#
# The crate wasip3 is for 0.3.0-rc-2026-03-15, whose definitions are those of 0.3.0.
# Guests get the final version number through their text form; those called NAME-rc
# keep the other. Lines of a source may be
#   // build: FLAGS            flags of rustc
#   // world: FILE             what of wit/FILE the source has its own bindings for
#   // rename: I F J G         import function G of interface J where the bindings
#                              have F of I
set -eu
cd "$(dirname "$0")"

rustc=${RUSTC:-rustc}
dray=${DRAY:-go run ../../../cmd/dray}
rc=0.3.0-rc-2026-03-15
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

line() { sed -n "s|^// $1: ||p" "$2" | tr '\n' ' '; }

report() {
  chmod 644 "$1"
  printf '%9d  %s\n' "$(wc -c <"$1")" "$1"
}

# build_crates compiles the crates that come with Rust's source.
build_crates() {
  [ -e "$tmp/libwasip3.rlib" ] && return 0
  src=${RUST_SRC:-$("$rustc" --print sysroot)/lib/rustlib/src/rust/library/vendor}
  bindgen=$(echo "$src"/wit-bindgen-*) wasip3=$(echo "$src"/wasip3-*)
  # The object file that comes with wit-bindgen knows which task runs.
  cp "$bindgen/src/rt/libwit_bindgen_cabi.a" "$tmp"
  lib="--crate-type rlib --target wasm32-wasip2 -C opt-level=s -C panic=abort -L $tmp --remap-path-prefix=$src=."
  # shellcheck disable=SC2086 # flags are words
  {
    "$rustc" $lib --edition 2024 --crate-name futures -o "$tmp/libfutures.rlib" rust/lib/futures.rs
    "$rustc" $lib --edition 2024 --cap-lints allow --crate-name wit_bindgen --cfg 'feature="std"' \
      --cfg 'feature="async"' --cfg 'feature="async-spawn"' --cfg 'feature="realloc"' \
      --extern "futures=$tmp/libfutures.rlib" -o "$tmp/libwit_bindgen.rlib" "$bindgen/src/lib.rs"
    "$rustc" $lib --edition 2021 --cap-lints allow --crate-name wasip3 --cfg 'feature="std"' \
      --cfg 'feature="async-spawn"' --extern "wit_bindgen=$tmp/libwit_bindgen.rlib" \
      -o "$tmp/libwasip3.rlib" "$wasip3/src/lib.rs"
  }
}

# rename FILE changes names in the text of a component.
rename() { # FROM TO SOURCE
  set -- "$1" "$2" $(line rename "$3")
  script="s/@$rc/@0.3.0/g"
  if [ $# -eq 6 ]; then
    script="$script;s|\"$3@|\"$5@|g;s|(export \"$4\" (func|(export \"$6\" (func|"
    script="$script;s|^\(.*alias export .*\)\"$4\"|\1\"$6\"|"
  fi
  $dray print "$1" >"$tmp/text.wat"
  sed "$script" "$tmp/text.wat" >"$tmp/renamed.wat"
  $dray wat "$tmp/renamed.wat" -o "$2"
}

build_rust() { # SOURCE OUT
  build_crates
  world=$(line world "$1")
  # shellcheck disable=SC2046,SC2086
  "$rustc" --edition 2024 --target wasm32-wasip2 -D warnings -C opt-level=s -C panic=abort \
    -C lto=fat -C codegen-units=1 -C strip=symbols "--remap-path-prefix=$PWD=." \
    --extern "wasip3=$tmp/libwasip3.rlib" -L "$tmp" -l static=wit_bindgen_cabi $(line build "$1") \
    ${world:+-C link-arg=--component-type=wit/$world} -o "$tmp/made.wasm" "$1"
  case $2 in
  *-rc.wasm) cp "$tmp/made.wasm" "$2" ;;
  *) rename "$tmp/made.wasm" "$2" "$1" ;;
  esac
  report "$2"
}

build() { # NAME
  example=../../../examples/$1
  if [ -e "rust/${1%-rc}.rs" ]; then
    build_rust "rust/${1%-rc}.rs" "$1.wasm"
  elif [ -e "$example.rs" ]; then
    build_rust "$example.rs" "$example.wasm"
  else
    echo "build.sh: no source is called $1" >&2
    exit 2
  fi
}

if [ $# -eq 0 ]; then
  for s in rust/*.rs ../../../examples/*-wasip3.rs; do
    n=${s##*/}
    set -- "$@" "${n%.*}"
  done
  set -- "$@" hello-rc
fi
for name in "$@"; do
  build "$name"
done
