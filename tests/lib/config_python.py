#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Compare what config-tool and Python 3 make of configurations.

usage: config_python.py CONFIG-TOOL FILE...

A comment in a file may say what is expected of it:
  # python: no ...      Python does not run it; config-tool must
  # refused: TEXT       config-tool must refuse it with TEXT
Names that are no keys (helpers) are left out. Prints each difference, then
`N compared with Python, N without, N refused`; exit 1 on a difference.
"""
import json
import re
import subprocess
import sys

ALIASES = {'vcpu': 'vcpus', 'cap': 'cpu_cap', 'weight': 'cpu_weight'}


def plain(value):
    """As JSON would have it: tuples and ranges are lists."""
    if isinstance(value, (list, tuple, range)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return value


def by_python(text, keys):
    names = {}
    exec(compile(text, 'config', 'exec'), names)
    found = {ALIASES.get(k, k): plain(v) for k, v in names.items()}
    return {k: v for k, v in found.items() if k in keys}


def main():
    tool, files = sys.argv[1], sys.argv[2:]
    known = set(re.findall(r'^\| `(\w+)`', subprocess.run(
        [tool, 'keys'], capture_output=True, text=True).stdout, re.M))
    compared = without = refused = wrong = 0
    for path in files:
        text = open(path, newline='', encoding='utf-8').read()
        said = dict(re.findall(r'^# (python|refused): (.*?)\r?$', text, re.M))
        ran = subprocess.run([tool, 'json', path] + (
            ['vmid=3'] if 'xm_vars' in text else []),
            capture_output=True, text=True)
        if 'refused' in said:
            refused += 1
            if ran.returncode != 1 or said['refused'] not in ran.stderr or \
                    not re.match(re.escape(path) + r':\d+:\d+: ', [
                        x for x in ran.stderr.splitlines()
                        if 'note:' not in x][0]):
                wrong += 1
                print(f'{path}: not refused as it says: {ran.stderr}')
            continue
        if ran.returncode:
            wrong += 1
            print(f'{path}: refused: {ran.stderr}')
            continue
        ours = json.loads(ran.stdout)
        if 'python' in said:
            without += 1
            continue
        compared += 1
        theirs = by_python(text.replace('\r\n', '\n'), known)
        if repr(ours) != repr({k: theirs.get(k) for k in ours}) or \
                set(ours) != set(theirs):
            wrong += 1
            print(f'{path}: ours   {ours}\n{path}: Python {theirs}')
    print(f'{compared} compared with Python, {without} without, '
          f'{refused} refused')
    sys.exit(wrong != 0)


main()
