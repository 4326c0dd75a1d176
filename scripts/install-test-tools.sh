#!/usr/bin/env bash
# Sees to what the tests need beside Go: a Chromium, fonts with Chinese, PostgreSQL, a C++ compiler for the engine of the
# claims store, Python for the settlement rules written a second time, and what the hospitals' walk-through types.
# Installs them where it may, as root on Debian; elsewhere it says what to install, and the tests that need them say so too.
set -euo pipefail

has_browser() {
	local name
	for name in chromium chromium-browser google-chrome google-chrome-stable headless-shell; do
		command -v "$name" >/dev/null && return 0
	done
	return 1
}

has_fonts() { command -v fc-list >/dev/null && [ -n "$(fc-list :lang=zh-cn family)" ]; }

has_postgres() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

missing=()
has_browser || missing+=(chromium)
has_fonts || missing+=(fontconfig fonts-noto-cjk)
has_postgres || missing+=(postgresql)
for tool in g++ python3 curl jq zip unzip; do
	command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
	echo "The tests look at pages in a browser and write to PostgreSQL. Please install: ${missing[*]}" >&2
	exit 0
fi
echo "installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=300 update
apt-get -q -y -o DPkg::Lock::Timeout=300 install --no-install-recommends "${missing[@]}"
