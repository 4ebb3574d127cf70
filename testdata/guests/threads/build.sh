#!/bin/sh
# Rebuilds the guests of this folder: programs with threads, for
# wasm32-wasip1-threads.
#
#   ./build.sh            build every guest whose compiler is on PATH
#   ./build.sh NAME...    build these only (threads, bench, plain, threads-rust,
#                         plain-rust)
#
# c/NAME.c becomes NAME.wasm; threads-rust.wasm is made of rust/, plain-rust.wasm
# of rust/plain.rs. The plain ones have no threads. The files of wat/ are run as
# they are, go/plain is built by the benchmark that runs it.
#
# Compilers, as Debian sid packages: clang-22 lld-22 for C; for Rust rustc cargo
# rust-src, which has what core is built from for this target.
# CC, CARGO and RUSTC override the commands' names.
set -eu
cd "$(dirname "$0")"

cc=${CC:-clang-22}
cargo=${CARGO:-cargo}
failed=0
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

have() {
  command -v "$1" >/dev/null && return 0
  echo "build.sh: $2 needs $1, which is not on PATH; left as it is" >&2
  failed=1
  return 1
}

report() {
  chmod 644 "$1"
  printf '%9d  %s\n' "$(wc -c <"$1")" "$1"
}

build_c() { # NAME
  have "$cc" "c/$1.c" || return 0
  "$cc" --target=wasm32 -nostdlib -O2 -fno-builtin -Wall -Wextra -Werror "-ffile-prefix-map=$PWD=." \
    -matomics -mbulk-memory -mmutable-globals -pthread \
    -Wl,--no-entry,--shared-memory,--import-memory,--export-memory,--max-memory=268435456 \
    -Wl,-z,stack-size=65536 -o "$1.wasm" "c/$1.c"
  report "$1.wasm"
}

build_plain() {
  have "$cc" c/plain.c || return 0
  "$cc" --target=wasm32 -nostdlib -O2 -fno-builtin -Wall -Wextra -Werror "-ffile-prefix-map=$PWD=." \
    -Wl,--no-entry -o plain.wasm c/plain.c
  report plain.wasm
}

build_plain_rust() {
  have "${RUSTC:-rustc}" rust/plain.rs || return 0
  "${RUSTC:-rustc}" --edition 2024 --target wasm32-wasip1 -D warnings -C opt-level=2 -C strip=symbols \
    -C codegen-units=1 "--remap-path-prefix=$PWD=." -o plain-rust.wasm rust/plain.rs
  report plain-rust.wasm
}

build_rust() {
  have "$cargo" rust || return 0
  cp -r rust "$tmp/rust"
  vendor=$("${RUSTC:-rustc}" --print sysroot)/lib/rustlib/src/rust/library/vendor
  (cd "$tmp/rust" && RUSTC_BOOTSTRAP=1 RUSTFLAGS="--remap-path-prefix=$tmp/rust=." \
    "$cargo" rustc -q --release --offline -Zbuild-std=core \
    --config "source.crates-io.replace-with='vendor'" --config "source.vendor.directory='$vendor'" \
    --target wasm32-wasip1-threads --target-dir "$tmp/target" -- \
    -Dwarnings -Clink-self-contained=no -Clink-arg=--export=wasi_thread_start -Clink-arg=--no-entry)
  cp "$tmp/target/wasm32-wasip1-threads/release/threads-rust.wasm" .
  report threads-rust.wasm
}

[ $# -gt 0 ] || set -- threads bench plain threads-rust plain-rust
for name in "$@"; do
  case $name in
  threads-rust) build_rust ;;
  plain) build_plain ;;
  plain-rust) build_plain_rust ;;
  *) build_c "$name" ;;
  esac
done
exit $failed
