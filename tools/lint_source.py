#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The rules of `make lint` that need no compiler: one pass over all text.

usage: lint_source.py ROOT < list of files (NUL separated, relative to ROOT)
Prints `file:line: what is wrong` and exits 1 when there was anything.
"""
import glob
import os
import re
import sys

FILE_MAX, FILE_NOTE, FUNCTION_MAX = 800, 500, 100
CODE = ('.c', '.h', '.S', '.py', '.sh', '.bash', '.bats', '.lds')
FREESTANDING = {'stdint.h', 'stddef.h', 'stdarg.h', 'stdbool.h', 'limits.h',
                'stdalign.h', 'stdnoreturn.h', 'float.h', 'iso646.h'}
PAYLOAD = {'lzma.h', 'zstd.h', 'zlib.h'}
# Top level folders that paths inside of a guest or of any Debian may begin
# with, and those of xenstore: everything else is a folder of one machine.
COMMON_ROOTS = set('''bin boot dev etc home initrd.img lib lib32 lib64 libx32
    lost+found media mnt opt proc root run sbin srv sys tmp usr var vmlinuz
    local vm tool libxl guest'''.split())
UNFINISHED = re.compile(r'\b(TO{1}DO|FIX{1}ME|X{3})\b')
REGISTRY = re.compile(r'\b(deb|ftp|security|snapshot|pypi|registry|mirror|'
                      r'crates|proxy)[\w.-]*\.(org|io|com|net)\b')
INCLUDE = re.compile(r'\s*#\s*include\s*([<"])([^>"]+)[>"]')

problems = []


def bad(path, line, text):
    problems.append(f'{path}:{line}: {text}')


def machine_names():
    """Names that only make sense on this machine, asked from it."""
    roots = {'/' + d for d in os.listdir('/')
             if d not in COMMON_ROOTS and not d.startswith('.')}
    here = os.path.realpath(sys.argv[1]).split('/')
    roots.add('/'.join(here[:3]))
    paths = [r for r in roots if len(r) > 2]
    hosts = set()
    for name in glob.glob('/etc/apt/sources.list*') + \
            glob.glob('/etc/apt/sources.list.d/*'):
        if os.path.isfile(name):
            text = open(name, errors='replace').read()
            hosts |= set(re.findall(r'https?://(?:[^/@\s]*@)?([\w.-]+)', text))
    hosts.discard('localhost')
    return (re.compile(r'(?<![\w.$}/~-])(' + '|'.join(
                map(re.escape, sorted(paths))) + r')(?![\w.-])'),
            [h for h in hosts if '.' in h])


def read_layers(root):
    layers, apart = {}, []
    path = os.path.join(root, 'tools/layers')
    if not os.path.exists(path):
        path = os.path.join(os.path.dirname(__file__), 'layers')
    for line in open(path):
        words = line.split('#')[0].split()
        if words and words[0] == 'apart':
            apart.append(set(words[1:]))
        elif words:
            layers[words[0]] = int(words[1])
    return layers, apart


def check_include(root, path, number, kind, name, layers, apart):
    own = path.split('/')[1]
    if kind == '<':
        if name.startswith('xen/') and own != 'include':
            bad(path, number, f'<{name}>: the public ABI comes in through '
                '"include/abi.h" only')
        elif not name.startswith('xen/') and name not in FREESTANDING | PAYLOAD:
            bad(path, number, f'<{name}>: no hosted header in the hypervisor')
        return
    if '/' not in name or '..' in name:
        bad(path, number, f'"{name}": write the path from hypervisor/, '
            'as in "mm/page.h"')
        return
    target = name.split('/')[0]
    if not os.path.exists(os.path.join(root, 'hypervisor', name)):
        bad(path, number, f'"{name}": no such file in hypervisor/')
    elif target not in layers:
        bad(path, number, f'{target}/ has no layer in tools/layers')
    elif layers.get(name, layers[target]) > layers[own]:
        bad(path, number, f'"{name}" is layer {layers[target]}, above '
            f'{own}/ (layer {layers[own]}): dependencies point down')
    elif any(own in a and target in a and own != target for a in apart):
        bad(path, number, f'{own}/ and {target}/ never include each other')


def check_layers(root, path, lines, layers, apart):
    parts = path.split('/')
    if parts[0] != 'hypervisor' or len(parts) < 3 or \
            not path.endswith(('.c', '.h', '.S')):
        return
    if parts[1] not in layers:
        bad(path, 1, f'{parts[1]}/ has no layer in tools/layers')
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if match:
            check_include(root, path, number, match[1], match[2], layers, apart)


def check_functions(path, lines):
    """Functions start with a brace in column 1 and end the same way."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == '{':
            start = number
        elif start and re.match(r'\s*#\s*if', line):
            bad(path, number, 'no #if inside a function: choose by table, at '
                'link time, or with a stub in the header')
        elif start and line.startswith('}'):
            body = lines[start - 1:number]
            flat = any('lint: flat switch' in x for x in body)
            if len(body) > FUNCTION_MAX and not flat:
                bad(path, start, f'function of {len(body)} lines, at most '
                    f'{FUNCTION_MAX} (flat switch: say "lint: flat switch")')
            start = None


def too_wide(path, line):
    width = len(line.expandtabs(8))
    if path.endswith('.jsonl'):
        return False
    if path.endswith('.md'):
        return width > 120 and not re.match(r'\s*[|<\[]|.*https?://', line)
    if path.endswith(('.c', '.h')) and width > 80:
        return width > 100 or not re.search(r'"|^#|^\s*[{[]', line)
    return width > 100 and 'http' not in line


def check_text(path, lines, paths, hosts):
    code = path.endswith(CODE)
    for number, line in enumerate(lines, 1):
        if too_wide(path, line):
            bad(path, number, f'{len(line.expandtabs(8))} columns wide')
        if line != line.rstrip() and not path.endswith('.md'):
            bad(path, number, 'blanks at the end of the line')
        match = UNFINISHED.search(line)
        if match:
            bad(path, number, f'{match[0]}: finish it or write an issue')
        match = paths.search(line)
        if match:
            bad(path, number, f'{match[0]} is a path of one machine')
        match = REGISTRY.search(line)
        named = match[0] if match else next((h for h in hosts if h in line), '')
        if named:
            bad(path, number, f'{named}: package hosts come from the '
                'machine\'s own configuration')
    if code and len(lines) > FILE_MAX:
        bad(path, len(lines), f'{len(lines)} lines, at most {FILE_MAX}: '
            'split it by noun')


def check_links(root, path, lines):
    """What a document points at in this tree exists."""
    for number, line in enumerate(lines, 1):
        for target in re.findall(r'\]\(([^)#:\s]+)(?:#[^)]*)?\)', line):
            if not os.path.exists(os.path.join(
                    root, os.path.dirname(path), target)):
                bad(path, number, f'link to {target}, which does not exist')


def check_licence(path, lines):
    name = os.path.basename(path)
    script = any(x.startswith(('#!', '# shellcheck shell='))
                 for x in lines[:8])
    if not (path.endswith(CODE) or script or
            name in ('Makefile', 'Kbuild', '.clang-format', '.editorconfig')):
        return
    if not any('SPDX-License-Identifier: GPL-2.0-only' in x
               for x in lines[:3]):
        bad(path, 1, 'no SPDX-License-Identifier: GPL-2.0-only line')


def main():
    root = sys.argv[1]
    layers, apart = read_layers(root)
    paths, hosts = machine_names()
    long_files = []
    for path in sorted(filter(None, sys.stdin.read().split('\0'))):
        if path == 'LICENSE' or '/corpus/' in path or \
                not os.path.isfile(os.path.join(root, path)):
            continue
        data = open(os.path.join(root, path), 'rb').read()
        if b'\0' in data:
            bad(path, 1, 'binary file: this tree holds sources only')
            continue
        if data and not data.endswith(b'\n'):
            bad(path, data.count(b'\n') + 1, 'no newline at the end')
        lines = data.decode('utf-8', 'replace').split('\n')[:-1]
        check_text(path, lines, paths, hosts)
        check_licence(path, lines)
        check_layers(root, path, lines, layers, apart)
        if path.endswith(('.c', '.h')):
            check_functions(path, lines)
        if path.endswith('.md'):
            check_links(root, path, lines)
        if path.endswith(CODE) and len(lines) > FILE_NOTE:
            long_files.append(f'{path} ({len(lines)})')
    for line in problems:
        print(line)
    if long_files and not problems:
        print('note: over 500 lines: ' + ', '.join(long_files))
    sys.exit(1 if problems else 0)


main()
