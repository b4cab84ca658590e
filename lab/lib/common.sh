# SPDX-License-Identifier: GPL-2.0-only
# Shared by the lab's scripts: messages, the cache, the images' names.
# Sourced with $lab set to the directory lab/; sets $top and $cache.
# shellcheck shell=bash

top=$(cd "$lab/.." && pwd)
cache=${HOSPES_CACHE:-$lab/cache}
me=lab/${0##*/}

# Any change to how recipes are run that must rebuild everything raises this.
LAB_FORMAT=1

die() { echo "$me: $*" >&2; exit 1; }

# need COMMAND...: one line when something that lab/setup installs is missing
need() {
	local c
	for c; do
		PATH=$PATH:/usr/sbin:/sbin command -v "$c" >/dev/null ||
			die "$c is not installed: run lab/setup"
	done
}

# recipe_field NAME FIELD: the words of the line "# FIELD: ..." of a recipe
recipe_field() {
	sed -n "s/^# $2: *//p" "$lab/recipes/$1"
}

# All images, each after what it needs; a recipe with a line "# only: ..." is
# built when it is asked for by name.
all_images() { echo tools dom0 kernels initrd tiny guest guestdisk debian; }

declare -A image_keys

# set_image_key NAME: image_keys[NAME] = a hash of everything of ours that goes
# into the image: the recipe, its files, and the keys of the images it needs.
set_image_key() {
	local name=$1 dep f text
	local -a files
	[ -z "${image_keys[$name]-}" ] || return 0
	text=$LAB_FORMAT
	for dep in $(recipe_field "$name" needs); do
		set_image_key "$dep"
		text+=" $dep=${image_keys[$dep]}"
	done
	files=("recipes/$name")
	for f in $(recipe_field "$name" files); do
		files+=("$f")
	done
	text+=$(cd "$lab" && sha256sum "${files[@]}") ||
		die "recipe $name names a file that is not there"
	text=$(sha256sum <<<"$text")
	image_keys[$name]=${text:0:12}
}

# image_dir NAME: where the image is, or will be
image_dir() {
	set_image_key "$1"
	dir=$cache/$1-${image_keys[$1]}
}
