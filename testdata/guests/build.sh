#!/bin/sh
# Rebuilds the guests of this folder, and the programs of examples/.
#
#   ./build.sh               build every guest whose compiler is on PATH
#   ./build.sh NAME...       build these guests only (hello-c, p2/hello-rust, ...)
#
# NAME is a source's base name: rust/NAME.rs, c/NAME.c, c/NAME.cc,
# go/NAME/main.go or ../../examples/NAME.rs. The result is NAME.wasm in this
# folder, or beside its source for examples. Those of p2/ have names that begin
# with p2/: p2/NAME is made of p2/rust/NAME.rs and so on, or else of rust/NAME.rs.
# They, and examples whose names end in -wasip2, are components for WASI 0.2.
#
# Compilers, as Debian sid packages (a debootstrap chroot will do):
#   Rust  rustc cargo libstd-rust-dev-wasm32 rust-llvm
#   C     wasi-libc clang-22 lld-22 libclang-rt-22-dev-wasm32
#   Go    the Go of go.mod, from https://go.dev/dl or any package
# and for p2/ also
#   Rust  rust-src: its library/vendor has the crates wasip2 and wit-bindgen; and
#         wasm-tools for sources that say "// world: NAME"
#   C     wasm-component-ld, which is looked for where Rust has it, too
#   Go    wasm-tools, and the adapter for preview 1, which is
#         lib/wasi_snapshot_preview1.command.wasm in npm's
#         @bytecodealliance/jco@1.35.0; ADAPTER is its file
#   js    npm's componentize-qjs@0.4.5; built only when it is named
# RUSTC, CC, CXX, GO, WASM_TOOLS and QJS override the commands' names, RUST_SRC
# is the folder library/vendor.
#
# A source line that starts with "// build: " adds flags for that file. Flags
# that come later win, so such a line may replace the defaults below.
set -eu
cd "$(dirname "$0")"

rustc=${RUSTC:-rustc}
cc=${CC:-clang-22}
cxx=${CXX:-clang++-22}
go=${GO:-go}
tools=${WASM_TOOLS:-wasm-tools}
qjs=${QJS:-componentize-qjs}
adapter=${ADAPTER:-wasi_snapshot_preview1.command.wasm}
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

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

# build_crates compiles the crates for WASI 0.2 that come with Rust's source.
build_crates() {
  [ -e "$tmp/libwasip2.rlib" ] && return 0
  src=${RUST_SRC:-$("$rustc" --print sysroot)/lib/rustlib/src/rust/library/vendor}
  lib="--edition 2021 --crate-type rlib --target wasm32-wasip2 -C opt-level=s -C panic=abort --cap-lints allow"
  # shellcheck disable=SC2086
  "$rustc" $lib --crate-name wit_bindgen --cfg 'feature="std"' \
    "--remap-path-prefix=$src=." -o "$tmp/libwit_bindgen.rlib" "$src"/wit-bindgen-*/src/lib.rs
  # shellcheck disable=SC2086
  "$rustc" $lib --crate-name wasip2 --cfg 'feature="std"' -L "$tmp" \
    --extern "wit_bindgen=$tmp/libwit_bindgen.rlib" \
    "--remap-path-prefix=$src=." -o "$tmp/libwasip2.rlib" "$src"/wasip2-*/src/lib.rs
}

# build_rust2 makes a component: of a program's main, or of what a source
# exports whose "// build: " has --crate-type cdylib. A line "// world: NAME"
# says that it also imports what that world of p2/wit does, without bindings.
build_rust2() { # SOURCE OUT
  have "$rustc" "$1" || return 0
  build_crates
  world=$(sed -n 's|^// world: ||p' "$1") made=$2 link=
  if [ -n "$world" ]; then
    have "$tools" "$1" || return 0
    made=$tmp/core.wasm link="-C link-arg=--skip-wit-component"
  fi
  # shellcheck disable=SC2046,SC2086
  "$rustc" --edition 2024 --target wasm32-wasip2 -D warnings -C opt-level=s -C panic=abort \
    -C lto=fat -C codegen-units=1 -C strip=symbols "--remap-path-prefix=$PWD=." \
    --extern "wasip2=$tmp/libwasip2.rlib" -L "$tmp" $(flags "$1") $link -o "$made" "$1"
  if [ -n "$world" ]; then
    rm -rf "$tmp/wit" && mkdir "$tmp/wit"
    cp -r ../../wasi/wit/p2 "$tmp/wit/deps"
    cp p2/wit/*.wit "$tmp/wit"
    "$tools" component embed "$tmp/wit" --all-features --world "$world" "$made" -o "$tmp/typed.wasm"
    "$tools" component new "$tmp/typed.wasm" -o "$2"
  fi
  report "$2"
}

build_c2() { # SOURCE OUT
  have "$cc" "$1" || return 0
  extra=$(flags "$1")
  if ! command -v wasm-component-ld >/dev/null && command -v "$rustc" >/dev/null; then
    PATH=$PATH:$(echo "$("$rustc" --print sysroot)"/lib/rustlib/*/bin | tr ' ' ':')
  fi
  # shellcheck disable=SC2086
  "$cc" --target=wasm32-wasip2 -O2 -s -Wall -Wextra -Werror "-ffile-prefix-map=$PWD=." $extra \
    -o "$2" "$1"
  report "$2"
}

# build_go2 joins a module for preview 1 with the adapter. p2/go/adapter.wat
# says why it adds a function first.
build_go2() { # DIR OUT
  have "$tools" "$1" || return 0
  build_go "$1" "$tmp/go.wasm"
  [ -e "$tmp/go.wasm" ] || return 0
  "$tools" print "$tmp/go.wasm" | sed '$d' | cat - p2/go/adapter.wat >"$tmp/go.wat"
  "$tools" parse "$tmp/go.wat" -o "$tmp/go.wasm"
  "$tools" component new "$tmp/go.wasm" --adapt "wasi_snapshot_preview1=$adapter" -o "$2"
  report "$2"
}

# build_js calls WASI's packages wasj while it builds, and 0.2.11, which the tool's
# own parts do not import: the tool has implementations
# of some of their interfaces at hand, which do not fit the others.
build_js() { # SOURCE OUT
  have "$qjs" "$1" || return 0
  name=${1##*/}
  rm -rf "$tmp/js" && mkdir "$tmp/js"
  cp -r ../../wasi/wit/p2 "$tmp/js/deps"
  cp p2/wit/*.wit "$1" "$tmp/js"
  find "$tmp/js" -type f | while read -r file; do
    sed 's/wasi:/wasj:/g; s/0\.2\.12/0.2.11/g; /^ *@unstable(/d' "$file" >"$tmp/file" && mv "$tmp/file" "$file"
  done
  mv "$tmp/js/$name" "$tmp/$name"
  "$qjs" --wit "$tmp/js" --world "${name%.js}" --js "$tmp/$name" --opt-size --sync --stub-wasi \
    -o "$tmp/js.wasm" >/dev/null
  LC_ALL=C sed 's/wasj:/wasi:/g' "$tmp/js.wasm" >"$2"
  report "$2"
}

build() { # SOURCE OUT
  case $2:$1 in
  p2/*.rs | *-wasip2.rs) build_rust2 "$1" "$2" ;;
  *:p2/*.c) build_c2 "$1" "$2" ;;
  *:p2/go/*) build_go2 "$1" "$2" ;;
  *:*.js) build_js "$1" "$2" ;;
  *.rs) build_rust "$1" "$2" ;;
  *.cc) build_c "$cxx" "$1" "$2" ;;
  *.c) build_c "$cc" "$1" "$2" ;;
  *:go/*) build_go "$1" "$2" ;;
  esac
}

# find_source NAME prints "SOURCE OUT".
find_source() {
  case $1 in
  p2/*) set -- "$1" p2/rust/${1#p2/}.rs p2/c/${1#p2/}.c p2/go/${1#p2/} \
    p2/js/${1#p2/}.js rust/${1#p2/}.rs ;;
  *) set -- "$1" "rust/$1.rs" "c/$1.c" "c/$1.cc" "go/$1" ;;
  esac
  name=$1
  shift
  for s in "$@"; do
    [ -e "$s" ] && echo "$s" "$name.wasm" && return 0
  done
  s=../../examples/$name.rs
  [ -e "$s" ] && echo "$s" "${s%.rs}.wasm" && return 0
  echo "build.sh: no source is called $name" >&2
  return 1
}

if [ $# -eq 0 ]; then
  for s in rust/*.rs c/*.c c/*.cc go/* ../../examples/*.rs; do
    [ -e "$s" ] || continue
    n=${s##*/}
    case $n in *-wasip3.rs) continue ;; esac # p3/build.sh makes them
    set -- "$@" "${n%.*}"
  done
  for s in p2/rust/*.rs p2/c/*.c p2/go/hello-go hello-rust env filter files trap-rust; do
    n=${s##*/}
    set -- "$@" "p2/${n%.*}"
  done
fi
for name in "$@"; do
  found=$(find_source "$name") || exit 2
  build ${found% *} ${found#* }
done
exit $failed
