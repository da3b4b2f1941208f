/** Scripts that virtual routers run. */
import type { Rule } from '../types.ts';
import { conf, script, TRACK } from './examples.ts';
import {
  carriageReturns,
  missingTools,
  neverFails,
  notInContainer,
  openToAll,
  outlasting,
  withoutInterpreter,
} from './script-checks.ts';

const CONF = { 'keepalived.conf': conf({ before: script(0), more: TRACK }) };
const check = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  ...CONF,
  check: `${lines.join('\n')}\n`,
});
const PROBE = ['#!/bin/sh', 'curl -f --max-time 1 http://127.0.0.1/health || exit 1', 'exit 0'];
const run = (...options: readonly string[]): Readonly<Record<string, string>> => ({
  'run.sh': `docker run -d --net=host --cap-add=NET_ADMIN ${options.join(' ')}\n`,
});
const MOUNT = '-v /etc/keepalived/:/usr/local/etc/keepalived/';
const BIN = '-v /usr/bin/check:/usr/bin/check';

export const SCRIPT_RULES: readonly Rule[] = [
  {
    code: 'script-without-shebang',
    severity: 'error',
    title: 'A check does not begin with #!.',
    explanation:
      'keepalived starts it without a shell, which the kernel refuses. keepalived 2.2.7 then logs “succeeded”: the ' +
      'check never runs and never fails.',
    bad: check(...PROBE.slice(1)),
    good: check(...PROBE),
    check: withoutInterpreter,
  },
  {
    code: 'script-with-crlf',
    severity: 'error',
    title: 'The lines of a script end as on Windows.',
    explanation:
      'The kernel looks for a program whose name ends in \\r. keepalived 2.2.7 logs “succeeded” all the same, so the ' +
      'check never fails. keepalived.conf and haproxy.cfg themselves may end their lines so.',
    bad: { ...CONF, 'check.sh': `${PROBE.join('\r\n')}\r\n` },
    good: { ...CONF, 'check.sh': `${PROBE.join('\n')}\n` },
    check: carriageReturns,
  },
  {
    code: 'script-open-to-all',
    severity: 'warning',
    title: 'Everybody may change a script that root runs.',
    explanation:
      'Without enable_script_security keepalived runs it as root; with it, it refuses it, and the check is gone.',
    bad: { 'setup.sh': 'sudo chmod 777 /etc/keepalived/check.sh\n' },
    good: { 'setup.sh': 'sudo chmod 755 /etc/keepalived/check.sh\n' },
    check: openToAll,
  },
  {
    code: 'probe-outlasts-interval',
    severity: 'warning',
    title: 'A check may take longer than its interval.',
    explanation:
      'keepalived takes it for failed after its timeout, which is the interval unless written: the limit inside the ' +
      'script never counts.',
    bad: check('#!/bin/sh', 'curl -f --max-time 10 http://127.0.0.1/health'),
    good: check('#!/bin/sh', 'curl -f --max-time 1 http://127.0.0.1/health'),
    check: outlasting,
  },
  {
    code: 'script-never-fails',
    severity: 'warning',
    title: 'A check that succeeds whatever happens.',
    explanation:
      'Found by reading its exits: all are 0. Checks that stop keepalived are not meant by it.',
    bad: check('#!/bin/sh', 'curl -f --max-time 1 http://127.0.0.1/health', 'exit 0'),
    good: check(...PROBE),
    check: neverFails,
  },
  {
    code: 'script-not-in-container',
    severity: 'error',
    title: 'A script is not in the container that runs it.',
    explanation:
      'keepalived drops a check whose script is missing. It is an error with images of which it is known that no ' +
      'such script is in them, and a warning with others.',
    bad: { ...CONF, ...run(MOUNT, 'osixia/keepalived:2.0.20') },
    good: { ...CONF, ...run(MOUNT, BIN, 'osixia/keepalived:2.0.20') },
    check: notInContainer,
  },
  {
    code: 'tool-not-in-image',
    severity: 'error',
    title: 'A check uses a program that the image does not have.',
    explanation:
      'It fails always, on every node: nobody is master, or the priorities are all lower.',
    bad: { ...check(...PROBE), ...run(MOUNT, BIN, 'osixia/keepalived:2.0.15') },
    good: { ...check(...PROBE), ...run(MOUNT, BIN, 'osixia/keepalived:2.0.20') },
    check: missingTools,
  },
];
