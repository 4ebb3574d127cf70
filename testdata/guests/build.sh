#!/bin/sh
# Rebuilds the guests of this folder, and the programs of examples/.
#
#   ./build.sh               build every guest whose compiler is on PATH
#   ./build.sh NAME...       build these guests only (hello-c, files, ...)
#
# NAME is a source's base name: rust/NAME.rs, c/NAME.c, c/NAME.cc,
# go/NAME/main.go or ../../examples/NAME.rs. The result is NAME.wasm in this
# folder, or beside its source for examples.
#
# Compilers, as Debian sid packages (a debootstrap chroot will do):
#   Rust  rustc cargo libstd-rust-dev-wasm32 rust-llvm
#   C     wasi-libc clang-22 lld-22 libclang-rt-22-dev-wasm32
#   Go    the Go of go.mod, from https://go.dev/dl or any package
# RUSTC, CC, CXX and GO override the commands' names.
#
# A source line that starts with "// build: " adds flags for that file. Flags
# that come later win, so such a line may replace the defaults below.
set -eu
cd "$(dirname "$0")"

rustc=${RUSTC:-rustc}
cc=${CC:-clang-22}
cxx=${CXX:-clang++-22}
go=${GO:-go}
failed=0

flags() { sed -n 's|^// build: ||p' "$1" | tr '\n' ' '; }

report() {
  chmod 644 "$1"
  printf '%9d  %s\n' "$(wc -c <"$1")" "$1"
}

# have COMMAND SOURCE says whether the source can be built here.
have() {
  command -v "$1" >/dev/null && return 0
  echo "build.sh: $2 needs $1, which is not on PATH; left as it is" >&2
  failed=1
  return 1
}

build_rust() { # SOURCE OUT
  have "$rustc" "$1" || return 0
  # shellcheck disable=SC2046 # flags are words
  "$rustc" --edition 2024 --target wasm32-wasip1 -D warnings -C opt-level=2 \
    -C strip=symbols -C codegen-units=1 "--remap-path-prefix=$PWD=." $(flags "$1") \
    -o "$2" "$1"
  report "$2"
}

build_c() { # COMPILER SOURCE OUT
  have "$1" "$2" || return 0
  extra=$(flags "$2")
  strip=-s
  case " $extra " in *" -g "*) strip= ;; esac
  # shellcheck disable=SC2086
  "$1" --target=wasm32-wasip1 -O2 $strip -Wall -Wextra -Werror \
    "-ffile-prefix-map=$PWD=." $extra -o "$3" "$2"
  report "$3"
}

build_go() { # DIR OUT
  have "$go" "$1" || return 0
  # shellcheck disable=SC2046
  GOOS=wasip1 GOARCH=wasm GOFLAGS= GOWASM= "$go" build -trimpath -buildvcs=false -ldflags='-s -w' \
    $(flags "$1/main.go") -o "$2" "./$1"
  report "$2"
}

build() { # SOURCE
  case $1 in
  *.rs) build_rust "$1" "$2" ;;
  *.cc) build_c "$cxx" "$1" "$2" ;;
  *.c) build_c "$cc" "$1" "$2" ;;
  go/*) build_go "$1" "$2" ;;
  esac
}

# find_source NAME prints "SOURCE OUT".
find_source() {
  for s in "rust/$1.rs" "c/$1.c" "c/$1.cc" "go/$1"; do
    [ -e "$s" ] && echo "$s" "$1.wasm" && return 0
  done
  s=../../examples/$1.rs
  [ -e "$s" ] && echo "$s" "${s%.rs}.wasm" && return 0
  echo "build.sh: no source is called $1" >&2
  return 1
}

if [ $# -eq 0 ]; then
  for s in rust/*.rs c/*.c c/*.cc go/* ../../examples/*.rs; do
    [ -e "$s" ] || continue
    n=${s##*/}
    set -- "$@" "${n%.*}"
  done
fi
for name in "$@"; do
  found=$(find_source "$name") || exit 2
  build ${found% *} ${found#* }
done
exit $failed
