#!/bin/sh
# Builds duende-init from the sources here and the native supervisor's, the same bytes each time:
#   build.sh [x64|arm64] [--to-stdout]
# x64 needs Debian's musl-tools. arm64 needs gcc-aarch64-linux-gnu and MUSL_ARM64, a folder with Debian's unpacked
# musl-dev:arm64 (dpkg --add-architecture arm64; apt-get download musl-dev:arm64; dpkg -x FILE FOLDER).
set -eu
cd "$(dirname "$0")"
arch=${1:-x64}
flags="-std=gnu11 -Os -static -s -Wall -Wextra -Werror -Wno-missing-field-initializers -ffunction-sections
  -fdata-sections -fno-asynchronous-unwind-tables -fno-ident -ffile-prefix-map=$PWD=. -Wl,--gc-sections
  -Wl,--build-id=none -Wl,-z,norelro"
# Native's config.c, life.c, logs.c, supervise.c and tree.c are included by the files of the same purpose here.
native=../../native/supervisor
sources="main.c config.c state.c room.c signals.c child.c tree.c report.c oom.c life.c loop.c
  logs.c loopback.c $native/util.c $native/notify.c $native/control.c $native/health.c"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case $arch in
  x64) musl-gcc $flags $sources -o "$work/out" ;;
  arm64)
    lib=$MUSL_ARM64/usr/lib/aarch64-linux-musl
    gcc=$(dirname "$(aarch64-linux-gnu-gcc -print-libgcc-file-name)")
    aarch64-linux-gnu-gcc $flags -fno-stack-protector -mno-outline-atomics -nostdinc -nostdlib \
      -isystem "$MUSL_ARM64/usr/include/aarch64-linux-musl" -isystem "$gcc/include" \
      "$lib/crt1.o" "$lib/crti.o" $sources -Wl,--start-group "$lib/libc.a" "$gcc/libgcc.a" -Wl,--end-group "$lib/crtn.o" \
      -o "$work/out"
    ;;
  *) echo "build.sh: unknown processor $arch" >&2; exit 2 ;;
esac
if [ "${2:-}" = --to-stdout ]; then
  cat "$work/out"
else
  mkdir -p "../prebuilt/linux-$arch"
  install -m 755 "$work/out" "../prebuilt/linux-$arch/duende-init"
  ls -l "../prebuilt/linux-$arch/duende-init"
fi
