// SPDX-License-Identifier: GPL-2.0-only
/* One entry of `vif`. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/fields.h"
#include "config/vif_spec.h"

static bool fail_at(struct config *config, const struct vif_spec *spec,
		    size_t offset, const char *hint, const char *what,
		    const char *text)
{
	config_fail(config, spec->value, offset, hint, "vif: %s '%.60s'", what,
		    text);
	return false;
}

static bool set_mac(struct config *config, struct vif_spec *spec,
		    const struct field *field)
{
	const char *at = field->text;
	const char *hint = "write six parts: mac=00:16:3e:51:89:6a";
	unsigned int i;

	for (i = 0; i < 6; i++) {
		unsigned int n = 0, digits = 0;

		for (; isxdigit((unsigned char)*at) && digits < 3; digits++)
			n = n * 16 + (isdigit((unsigned char)*at) ?
					      *at++ - '0' :
					      (*at++ | 32) - 'a' + 10);
		if (!digits || digits > 2 || (i < 5 && *at != ':'))
			return fail_at(config, spec,
				       field->offset + (at - field->text), hint,
				       !*at ? "too short an address" :
					      "malformed address",
				       field->text);
		spec->mac[i] = (uint8_t)n;
		if (i < 5)
			at++;
	}
	if (*at)
		return fail_at(config, spec, field->offset + (at - field->text),
			       hint, "too long an address", field->text);
	if (spec->mac[0] & 1)
		return fail_at(
			config, spec, field->offset,
			"the first part of an address is even",
			"a group's address cannot be used:", field->text);
	spec->has_mac = true;
	return true;
}

static bool is_name(const char *text, size_t most)
{
	const char *p;

	for (p = text; *p; p++) {
		if (!isgraph((unsigned char)*p) || *p == '/')
			return false;
	}
	return p > text && (size_t)(p - text) <= most;
}

static bool set_name(struct config *config, struct vif_spec *spec,
		     const struct field *field, const char **name)
{
	/* Linux's own limit for the name of an interface. */
	if (!is_name(field->text, !strcmp(field->key, "vifname") ? 15 : 63))
		return fail_at(config, spec, field->offset,
			       "a name has up to 15 characters, no blank or /",
			       "no name of an interface:", field->text);
	*name = field->text;
	return true;
}

/* 10Mb/s, 250KB/s@20ms: bits or bytes, and how often it is counted. */
static bool set_rate(struct config *config, struct vif_spec *spec,
		     const struct field *field)
{
	const char *hint = "write 10Mb/s or 1MB/s, or with @20ms";
	uint64_t rate, unit = 1, interval = 50000;
	char *end;

	if (!isdigit((unsigned char)*field->text))
		return fail_at(config, spec, field->offset, hint,
			       "malformed rate", field->text);
	rate = strtoull(field->text, &end, 10);
	unit = *end == 'G' ? 1000000000 :
	       *end == 'M' ? 1000000 :
	       *end == 'K' ? 1000 :
			     1;
	if (unit > 1)
		end++;
	if (rate > 1000000000000ull || rate * unit > 10000000000000ull ||
	    (*end != 'b' && *end != 'B') || strncmp(end + 1, "/s", 2))
		return fail_at(config, spec,
			       field->offset + (end - field->text), hint,
			       "malformed rate", field->text);
	rate = *end == 'b' ? rate * unit / 8 : rate * unit;
	end += 3;
	if (*end == '@' && isdigit((unsigned char)end[1])) {
		interval = strtoull(end + 1, &end, 10);
		if (interval > 100000000)
			interval = 0;
		unit = *end == 'm' ? 1000 : *end == 'u' ? 1 : 1000000;
		interval *= unit;
		end += unit != 1000000;
		end += *end == 's' ? 1 : 0;
	}
	if (*end || interval < 1000 || interval > 60000000 ||
	    !(rate * interval / 1000000))
		return fail_at(config, spec, field->offset, hint,
			       "malformed rate", field->text);
	spec->rate_interval_us = (uint32_t)interval;
	spec->rate_bytes = rate * interval / 1000000;
	return true;
}

static bool set_number(struct config *config, struct vif_spec *spec,
		       const struct field *field, long min, long max, long *n)
{
	char *end;

	*n = strtol(field->text, &end, 10);
	if (!*field->text || *end || *n < min || *n > max) {
		config_fail(config, spec->value, field->offset, NULL,
			    "vif: %s is a number from %ld to %ld", field->key,
			    min, max);
		return false;
	}
	return true;
}

/* Addresses of the guest, for the scripts: digits, dots, colons, a mask. */
static bool set_ip(struct config *config, struct vif_spec *spec,
		   const struct field *field)
{
	size_t good = strspn(field->text, "0123456789abcdefABCDEF.:/ ");

	if (field->text[good])
		return fail_at(config, spec, field->offset + good,
			       "write ip=10.0.0.1, several with blanks",
			       "no address:", field->text);
	spec->ip = *field->text ? field->text : NULL;
	return true;
}

static bool set_type(struct config *config, struct vif_spec *spec,
		     const struct field *field)
{
	spec->emulated = !strcmp(field->text, "ioemu");
	if (spec->emulated || !strcmp(field->text, "vif") ||
	    !strcmp(field->text, "netfront") ||
	    !strcmp(field->text, "paravirtualised"))
		return true;
	return fail_at(config, spec, field->offset, "write type=vif",
		       "unknown type", field->text);
}

static bool set_field(struct config *config, struct vif_spec *spec,
		      const struct field *field)
{
	const char *key = field->key;
	long n = 0;

	if (!strcmp(key, "mac"))
		return set_mac(config, spec, field);
	if (!strcmp(key, "bridge"))
		return set_name(config, spec, field, &spec->bridge);
	if (!strcmp(key, "vifname"))
		return set_name(config, spec, field, &spec->vifname);
	if (!strcmp(key, "gatewaydev") || !strcmp(key, "netdev"))
		return set_name(config, spec, field, &spec->gateway);
	if (!strcmp(key, "ip"))
		return set_ip(config, spec, field);
	if (!strcmp(key, "rate"))
		return set_rate(config, spec, field);
	if (!strcmp(key, "type"))
		return set_type(config, spec, field);
	if (!strcmp(key, "script"))
		spec->script = field->text;
	else if (!strcmp(key, "model"))
		spec->model = field->text;
	else if (!strcmp(key, "vlan"))
		spec->vlan = field->text;
	else if (!strcmp(key, "backend") || !strcmp(key, "backenddomain"))
		spec->backend = field->text;
	else if (!strcmp(key, "mtu")) {
		if (!set_number(config, spec, field, 68, 65535, &n))
			return false;
		spec->mtu = (unsigned int)n;
	} else if (!strcmp(key, "devid")) {
		if (!set_number(config, spec, field, 0, 1023, &n))
			return false;
		spec->devid = (int)n;
	} else if (!strcmp(key, "trusted")) {
		if (!set_number(config, spec, field, 0, 1, &n))
			return false;
		spec->untrusted = !n;
	} else if (strcmp(key, "uuid") && strcmp(key, "accel") &&
		   strcmp(key, "label") && strcmp(key, "policy")) {
		return fail_at(config, spec, field->key_offset,
			       "known are mac, bridge, ip, script, vifname, "
			       "rate, model, type, backend, mtu, vlan, devid, "
			       "gatewaydev, trusted",
			       "unknown field", key);
	}
	return true;
}

bool vif_spec_parse(struct config *config, const struct config_value *value,
		    struct vif_spec *spec)
{
	struct field fields[FIELDS_MAX];
	int count, i;

	memset(spec, 0, sizeof(*spec));
	spec->value = value;
	spec->backend = "0";
	spec->devid = -1;
	spec->rate_interval_us = 50000;
	if (value->type != CONFIG_STRING) {
		config_fail(config, value, 0, "write 'bridge=xenbr0'",
			    "vif: an entry is a text");
		return false;
	}
	count = fields_split(config, value, NULL, fields);
	for (i = 0; i < count; i++) {
		if (!fields[i].key && !*fields[i].text)
			continue;
		if (!fields[i].key)
			return fail_at(config, spec, fields[i].offset,
				       "write key=value: bridge=xenbr0",
				       "no key=value:", fields[i].text);
		if (!set_field(config, spec, &fields[i]))
			return false;
	}
	return count >= 0;
}

bool vif_spec_parse_text(struct config *config, const char *text,
			 struct vif_spec *spec)
{
	struct config_value *value = config_alloc(config, sizeof(*value));

	if (!value)
		return false;
	value->type = CONFIG_STRING;
	value->length = strlen(text);
	value->string = config_strdup(config, text, value->length);
	return value->string && vif_spec_parse(config, value, spec);
}

size_t vif_specs(struct config *config, struct vif_spec **specs)
{
	struct config_value *const *items;
	const struct config_value *value = config_get(config, "vif");
	size_t count = config_list(config, "vif", &items);
	size_t i, j;

	/* vif = '' is no list of one: but xl and xm take vif=[''] for one. */
	*specs = config_alloc(config, (count + 1) * sizeof(**specs));
	if (!*specs || !value)
		return 0;
	for (i = 0; i < count; i++) {
		struct vif_spec *spec = &(*specs)[i];

		if (!vif_spec_parse(config, items[i], spec))
			return 0;
		for (j = 0; j < i; j++) {
			const struct vif_spec *other = &(*specs)[j];

			if (spec->has_mac && other->has_mac &&
			    !memcmp(spec->mac, other->mac, 6)) {
				fail_at(config, spec, 0,
					"each interface has one of its own",
					"two interfaces have the same address:",
					items[i]->string);
				return 0;
			}
			if (spec->vifname && other->vifname &&
			    !strcmp(spec->vifname, other->vifname)) {
				fail_at(config, spec, 0,
					"each interface has one of its own",
					"two interfaces have the name",
					spec->vifname);
				return 0;
			}
		}
	}
	return config_error(config) ? 0 : count;
}
