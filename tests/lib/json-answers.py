#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Read what xm-dom0.sh's golden part printed, and in it each answer to --json
(and to xl list -l) as JSON. What went to stderr is left out. Prints how many.
"""
import json
import re
import sys

text = open(sys.argv[1]).read().split('\n== end')[0]
count = 0
for part in re.split(r'^== ', text, flags=re.M)[1:]:
    command, *lines = part.split('\n')
    if '--json' not in command and not command.startswith('/tmp/xl list -l'):
        continue
    json.loads('\n'.join(line for line in lines
                         if not line.startswith(('Error: ', 'hint: '))))
    count += 1
print(count, 'answers')
