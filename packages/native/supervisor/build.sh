#!/bin/sh
# Builds prebuilt/linux-<arch>/duende-supervise from the sources here, the same bytes each time. Needs Debian's musl-tools.
set -eu
cd "$(dirname "$0")"
arch=${1:-x64}
cc=${CC:-musl-gcc}
out=../prebuilt/linux-$arch
mkdir -p "$out"
$cc -std=gnu11 -Os -static -s -Wall -Wextra -Werror -Wno-missing-field-initializers -ffunction-sections -fdata-sections \
  -fno-asynchronous-unwind-tables -fno-ident -ffile-prefix-map="$PWD"=. -Wl,--gc-sections -Wl,--build-id=none -Wl,-z,norelro \
  main.c util.c config.c claim.c handshake.c child.c tree.c logs.c notify.c control.c health.c cgroup.c supervise.c \
  -o "$out/duende-supervise"
chmod 755 "$out/duende-supervise"
ls -l "$out/duende-supervise"
