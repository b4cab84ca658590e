# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# What hotplug scripts share; sourced, with `set -eu`. Needs XENBUS_PATH, the
# backend's node in xenstore. A script reports by hotplug-status: connected, or
# error with hotplug-error; success and fatal do that.

store_read() { # KEY [DEFAULT]
	xenstore-read "$XENBUS_PATH/$1" 2>/dev/null || printf '%s\n' "${2-}"
}

xenstore_write() { xenstore-write "$@"; }

fatal() {
	xenstore-write "$XENBUS_PATH/hotplug-error" "$*" \
		"$XENBUS_PATH/hotplug-status" error || true
	echo "${0##*/}: $*" >&2
	exit 1
}

success() {
	xenstore-write "$XENBUS_PATH/hotplug-status" connected
}
