#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What Ganeti makes of our output, by its own parser.

usage: ganeti-parse.py ROOT FILE

ROOT is where Debian's package ganeti-3.0 is unpacked. FILE is a log with the
outputs of `xm list` and `xm info` below the lines `== xm list` and `== xm
info`. Printed are the domains, one a line, and then the host's facts. Modules
of others that Ganeti imports and that are not here are not needed to parse.
"""
import importlib.abc
import importlib.machinery
import re
import sys
import types
from unittest import mock

OTHERS = {'OpenSSL', 'pycurl', 'pyparsing', 'simplejson', 'pyinotify',
          'paramiko', 'psutil', 'bitarray', 'ipaddr', 'fdsend', 'affinity'}


class NotNeeded(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives an empty object for a module that cannot be found elsewhere."""

    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] not in OTHERS:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        module = mock.MagicMock(name=spec.name)
        module.__path__ = []
        return module

    def exec_module(self, module):
        pass


def output_of(command, text):
    """The lines below the last `== COMMAND`."""
    found = re.findall(rf'^== {command}\n((?:(?!== ).*\n)*)', text, re.M)
    if not found:
        sys.exit(f'no output of {command}')
    return found[-1]


def main():
    root, path = sys.argv[1:]
    code = f'{root}/usr/share/ganeti/3.0'
    sys.path.insert(0, code)
    sys.meta_path.append(NotNeeded())
    # Without the package's own beginning, which imports all hypervisors.
    package = types.ModuleType('ganeti.hypervisor')
    package.__path__ = [f'{code}/ganeti/hypervisor']
    sys.modules[package.__name__] = package
    from ganeti.hypervisor import hv_xen
    with open(path, encoding='utf-8') as log:
        text = log.read()
    listed = output_of('xm list', text)
    for name, domid, mem, vcpus, state, time in hv_xen._ParseInstanceList(
            listed.splitlines(), True):
        print(name, domid, mem, vcpus, state, time >= 0)
    domains = hv_xen._ParseInstanceList(listed.splitlines(), True)
    info = hv_xen._GetNodeInfo(output_of('xm info', text), domains)
    for key in sorted(info):
        print(key, info[key])


main()
