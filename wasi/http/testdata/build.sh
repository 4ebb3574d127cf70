#!/bin/sh
# Rebuilds stages.wasm, the guest of the tests of package http. It needs the
# Debian sid packages rustc, rust-src, libstd-rust-dev-wasm32 and rust-llvm (a
# debootstrap chroot will do). RUSTC overrides the compiler's name.
#
# The crates are those that the Rust sources carry for std.
set -eu
cd "$(dirname "$0")"

rustc=${RUSTC:-rustc}
vendor=$("$rustc" --print sysroot)/lib/rustlib/src/rust/library/vendor
[ -d "$vendor" ] || vendor=$(echo /usr/src/rustc-*/library/vendor)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

build() { # FLAGS... SOURCE
  "$rustc" --target wasm32-wasip2 -C panic=abort -L "$tmp" "$@"
}

build --edition 2021 --crate-type rlib -O --cap-lints allow --crate-name wit_bindgen \
  --cfg 'feature="std"' -o "$tmp/libwit_bindgen.rlib" "$vendor"/wit-bindgen-*/src/lib.rs
build --edition 2021 --crate-type rlib -O --cap-lints allow --crate-name wasip2 \
  --cfg 'feature="std"' --extern "wit_bindgen=$tmp/libwit_bindgen.rlib" \
  -o "$tmp/libwasip2.rlib" "$vendor"/wasip2-*/src/lib.rs
build --edition 2024 --crate-type cdylib -D warnings -C opt-level=s -C lto=fat \
  -C codegen-units=1 -C strip=symbols "--remap-path-prefix=$PWD=." \
  --extern "wasip2=$tmp/libwasip2.rlib" -o stages.wasm stages.rs
chmod 644 stages.wasm
ls -l stages.wasm
