#!/bin/sh
# Builds the probe as one static program, the same bytes each time, and writes the manifest that a test checks.
# Needs musl-gcc (Debian: apt-get install musl-tools). Usage: probe/build.sh
set -eu
cd "$(dirname "$0")/.."
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=0

case "$(uname -sm)" in
  'Linux x86_64') target=linux-x64 ;;
  'Linux aarch64') target=linux-arm64 ;;
  *) echo "probe/build.sh: builds on Linux x64 and arm64 only, this is $(uname -sm)" >&2; exit 1 ;;
esac
out=prebuilt/$target
mkdir -p "$out"
${CC:-musl-gcc} -std=c11 -Wall -Wextra -Werror -static -Os -s -fno-ident -ffile-prefix-map="$PWD"=. \
  -Wl,--build-id=none -Wl,-z,norelro -o "$out/probe" probe/probe.c
chmod 0755 "$out/probe"
hash() { sha256sum "$1" | cut -d' ' -f1; }
cat > "$out/manifest.json" <<JSON
{
  "source": { "file": "probe/probe.c", "sha256": "$(hash probe/probe.c)" },
  "binary": { "file": "$out/probe", "sha256": "$(hash "$out/probe")" }
}
JSON
cat "$out/manifest.json"
