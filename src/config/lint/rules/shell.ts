/** Shell that writes configurations, and the scripts that check. */
import { alwaysFails, TEST_WITHOUT_VALUE } from '../extract/script-ends.ts';
import { assignmentsOf } from '../extract/shell.ts';
import { grep, literal, piecesOf } from '../lines.ts';
import type { Found, Piece, Rule, Subject } from '../types.ts';
import { conf, script, TRACK } from './examples.ts';

const VARIABLE = /(?<!\\)\$(?:\{(\w+)\}|([A-Za-z_]\w*))/g;

function heredocs(subject: Subject): readonly Piece[] {
  return subject.written.filter(({ origin, isExpanded }) => origin === 'heredoc' && isExpanded);
}

/** Each name once. */
function* variablesIn(piece: Piece) {
  const seen = new Set<string>();
  for (const { at, text } of grep(piece, VARIABLE)) {
    for (const match of text.matchAll(VARIABLE)) {
      const name = match[1] ?? match[2] ?? '';
      if (seen.has(name)) continue;
      seen.add(name);
      yield { name, at: { ...at, column: match.index + 1 } };
    }
  }
}

function* expandsEarly(subject: Subject): Generator<Found> {
  for (const piece of heredocs(subject)) {
    const inside = assignmentsOf(piece.text);
    for (const { name, at } of variablesIn(piece)) {
      if (!inside.has(name)) continue;
      const message = `$${name} is replaced now, when the file is written, not when it runs: nothing is left of it`;
      yield { at, message, hint: `write << 'EOF', or \\$${name}` };
    }
  }
}

function* neverSet(subject: Subject): Generator<Found> {
  const shells = subject.written.filter(({ kind }) => kind === 'shell');
  const known = new Set(shells.flatMap(({ text }) => [...assignmentsOf(text).keys()]));
  for (const piece of heredocs(subject)) {
    const inside = assignmentsOf(piece.text);
    for (const { name, at } of variablesIn(piece)) {
      if (known.has(name) || inside.has(name) || /^(?:HOME|HOSTNAME|PATH|USER)$/.test(name))
        continue;
      const message = `$${name} is set nowhere here: unset, nothing stands in its place, and the file is wrong`;
      yield { at, message, hint: `'\${${name}:?}' ends the shell instead` };
    }
  }
}

/** The text that runs: expansions of a here document leave nothing. */
function asRun(piece: Piece): string {
  const text = piece.isExpanded === true ? piece.text.replace(VARIABLE, '') : piece.text;
  return text.replaceAll('\\`', '`').replaceAll('\\$', '$');
}

function scripts(subject: Subject): readonly Piece[] {
  return subject.written.filter(({ kind }) => kind === 'script');
}

function* neverSucceeds(subject: Subject): Generator<Found> {
  for (const piece of scripts(subject)) {
    if (!alwaysFails(asRun(piece))) continue;
    const [test] = [...grep({ ...piece, text: asRun(piece) }, TEST_WITHOUT_VALUE)];
    const [exit] = [...grep(piece, /\bexit\s+[1-9]/)];
    const at = test?.at ?? exit?.at;
    if (at === undefined) continue;
    const why =
      test === undefined ? 'every way through it ends in a failure' : 'its test has no left side';
    yield { at, message: `this script can never succeed: ${why}` };
  }
}

function* notExecutable(subject: Subject): Generator<Found> {
  for (const piece of subject.written) {
    const { origin, target = '', kind } = piece;
    if (origin !== 'heredoc' || kind !== 'script' || target === '') continue;
    const name = target.split('/').at(-1) ?? target;
    const shells = subject.written.filter((each) => each.kind === 'shell');
    if (shells.some(({ text }) => new RegExp(`(?:chmod|install)\\b.*${literal(name)}`).test(text)))
      continue;
    const tracked = subject.nodes.some(({ piece: { text } }) => text.includes(name));
    if (!tracked) continue;
    const [first] = [...grep(piece, /\S/)];
    if (first === undefined) continue;
    const message = `${target} is written without the right to run it: keepalived drops the check in silence`;
    yield { at: first.at, message, hint: `chmod 0755 ${target}` };
  }
}

interface Habit {
  readonly pattern: RegExp;
  readonly unless?: RegExp;
  readonly message: string;
  readonly hint: string;
}

const habit = (each: Habit) =>
  function* (subject: Subject): Generator<Found> {
    for (const piece of scripts(subject)) {
      for (const { at, text } of grep(piece, each.pattern)) {
        if (text.trim().startsWith('#') || each.unless?.test(text) === true) continue;
        yield { at, message: each.message, hint: each.hint };
      }
    }
  };

function* anywhere(
  subject: Subject,
  pattern: RegExp,
  says: Omit<Habit, 'pattern'>,
): Generator<Found> {
  for (const piece of piecesOf(subject, 'shell', 'script')) {
    for (const { at } of grep(piece, pattern)) yield { at, message: says.message, hint: says.hint };
  }
}

function* copiedInterface(subject: Subject): Generator<Found> {
  for (const piece of subject.pieces.filter(({ origin }) => origin === 'derived')) {
    const [own] = [...grep(piece, /^\s*interface\s+(\S+)/)];
    const [copy] = subject.written.flatMap((shell) =>
      shell.kind === 'shell' && piece.node.endsWith(` line ${firstSed(shell)}`)
        ? [...grep(shell, /\bscp\b.*\.conf/)]
        : [],
    );
    if (own === undefined || copy === undefined) continue;
    const message =
      'copied with the first host’s interface: where there is none of that name keepalived ends';
    yield { at: copy.at, message, hint: 'set the interface too, for each host' };
  }
}

function firstSed({ text }: Piece): number {
  return text.split('\n').findIndex((line) => /\bsed\s+-i/.test(line)) + 1;
}

const check = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'check.sh': `${['#!/bin/sh', ...lines].join('\n')}\n`,
});
const writes = (word: string, ...lines: readonly string[]): Readonly<Record<string, string>> => ({
  'setup.sh': `${[`cat > /usr/bin/check << ${word}`, '#!/bin/sh', ...lines, 'EOF', ''].join('\n')}`,
});
const COUNT = [
  'count=`ss -ltn | wc -l`',
  'if [ $count -gt 0 ]; then',
  '  exit 0',
  'else',
  '  exit 1',
  'fi',
];
const CONF = { 'keepalived.conf': conf({ before: script(0), more: TRACK }) };
const copies = (...more: readonly string[]): Readonly<Record<string, string>> => ({
  'guide.md': [
    '```sh',
    'cat > /etc/keepalived.conf << EOF',
    conf({ priority: 100 }).trimEnd(),
    'EOF',
    '```',
    '```sh',
    'scp root@a:/etc/keepalived.conf /etc/',
    ...more,
    'sed -i "s#priority 100#priority 90#g" /etc/keepalived.conf',
    '```',
    '',
  ].join('\n'),
});

export const SHELL_RULES: readonly Rule[] = [
  {
    code: 'heredoc-expands',
    severity: 'error',
    title: 'A here document without quotes expands a variable of the script that it writes.',
    explanation:
      'The shell that writes the file replaces $name at once, where it is not set yet: `[ $count -gt 0 ]` ' +
      'becomes `[  -gt 0 ]`.',
    bad: writes('EOF', ...COUNT),
    good: writes("'EOF'", ...COUNT),
    check: expandsEarly,
  },
  {
    code: 'heredoc-variable-unset',
    severity: 'warning',
    title: 'A here document uses a variable that nothing sets.',
    explanation:
      'Unset, `interface $NIC` has no value (keepalived ends), and `server m1 $IP:6443` forwards to whatever ' +
      'address the client has called, which is this machine.',
    bad: writes('EOF', 'ping -c 1 $GATEWAY'),
    good: { 'setup.sh': `GATEWAY=10.0.0.1\n${writes('EOF', 'ping -c 1 $GATEWAY')['setup.sh']}` },
    check: neverSet,
  },
  {
    code: 'script-never-succeeds',
    severity: 'error',
    title: 'A script that fails whatever happens.',
    explanation: 'Found by reading its exits: none of those that can be reached is 0.',
    bad: check('if [ -gt 0 ]; then', '  exit 0', 'else', '  exit 1', 'fi'),
    good: check('if [ "$1" -gt 0 ]; then', '  exit 0', 'else', '  exit 1', 'fi'),
    check: neverSucceeds,
  },
  {
    code: 'script-not-executable-here',
    severity: 'error',
    title: 'A check is written to a file that is never made executable.',
    explanation:
      'keepalived logs “is not executable … disabling” and runs without any check; keepalived -t says nothing. ' +
      'A mount into a container keeps the mode of the host’s file.',
    bad: { ...CONF, ...writes("'EOF'", 'exit 0') },
    good: {
      ...CONF,
      'setup.sh': `${writes("'EOF'", 'exit 0')['setup.sh']}chmod 755 /usr/bin/check\n`,
    },
    check: notExecutable,
  },
  {
    code: 'probe-without-timeout',
    severity: 'warning',
    title: 'A probe without a limit of time.',
    explanation:
      'A server that hangs makes the script hang; keepalived takes it for failed after one interval.',
    bad: check('curl -f http://127.0.0.1/health'),
    good: check('curl -f --max-time 2 http://127.0.0.1/health'),
    check: habit({
      pattern: /(?<![\w-])(?:curl|wget)\s/,
      unless: /--max-time|\s-m\s|--timeout|\s-T\s|-\w*m\s+\d|yum|apt/,
      message: 'without a limit of time this probe may hang longer than the interval',
      hint: 'curl --max-time 2, less than the interval',
    }),
  },
  {
    code: 'probe-greps-body',
    severity: 'warning',
    title: 'A probe looks for a word in the body instead of the status.',
    explanation:
      'A 401 or a 403 has a body too, with the same words; and through a balancer any server may have answered.',
    bad: check('curl --max-time 2 https://10.0.0.1:6443 | grep kind || exit 1'),
    good: check('curl -f --max-time 2 https://10.0.0.1:6443/readyz || exit 1'),
    check: habit({
      pattern: /\bcurl\s.*\|\s*grep\b/,
      message: 'a word in the body proves little: an error has a body with the same words',
      hint: 'curl -f, its exit status, and /readyz',
    }),
  },
  {
    code: 'probe-counts-sockets',
    severity: 'warning',
    title: 'A probe counts lines of netstat or ss.',
    explanation:
      'Connections of clients, TIME_WAIT, longer ports and process numbers match as well: it is true long ' +
      'after the server has died, and proves no answer.',
    bad: check('netstat -apn | grep 9443 || exit 1'),
    good: check('curl -f --max-time 2 http://127.0.0.1:9443/health || exit 1'),
    check: habit({
      pattern: /\b(?:netstat|ss|lsof)\s.*\|\s*grep\b/,
      message: 'clients and old connections match too: this stays true after the server has died',
      hint: 'open a connection, or ask for a page',
    }),
  },
  {
    code: 'authorized-keys-overwritten',
    severity: 'warning',
    title: 'A key is copied over authorized_keys.',
    explanation: 'The next host’s copy locks the last one out, and everybody else.',
    bad: { 'setup.sh': 'scp id_rsa.pub root@a:/root/.ssh/authorized_keys\nsudo true\n' },
    good: { 'setup.sh': 'ssh-copy-id root@a\nsudo true\n' },
    check: (subject) =>
      anywhere(subject, /\bscp\b.*authorized_keys\s*$/, {
        message: 'this replaces authorized_keys: all others are locked out',
        hint: 'ssh-copy-id',
      }),
  },
  {
    code: 'rc-local',
    severity: 'warning',
    title: 'A line is appended to /etc/rc.local.',
    explanation: 'Behind its exit 0, or where the file is not executable, it never runs.',
    bad: { 'setup.sh': 'echo "modprobe ip_vs" >> /etc/rc.local\n' },
    good: { 'setup.sh': 'echo ip_vs > /etc/modules-load.d/ip_vs.conf\n' },
    check: (subject) =>
      anywhere(subject, />>\s*\/etc\/rc\.local/, {
        message: 'what stands behind exit 0 in rc.local never runs, and many systems have none',
        hint: '/etc/modules-load.d/; VRRP alone needs no ip_vs',
      }),
  },
  {
    code: 'interface-copied',
    severity: 'warning',
    title: 'A configuration is copied to another host with its interface.',
    explanation:
      'Where the interface has another name keepalived ends with “Non-existent interface”.',
    bad: copies(),
    good: {
      'guide.md': (copies()['guide.md'] ?? '').replace('scp root@a:/etc/keepalived.conf /etc/', ''),
    },
    check: copiedInterface,
  },
];
