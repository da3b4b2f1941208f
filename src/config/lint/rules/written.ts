/** How addresses are written, and the file that they stand in. */
import { type Router, routersOf } from '../routers.ts';
import type { Found, Rule, Subject } from '../types.ts';
import { conf } from './examples.ts';

/** The first address of each instance that it is true of. */
function* firstAddress(
  subject: Subject,
  isIt: (router: Router, address: string, prefixLength: number) => boolean,
): Generator<{ readonly router: Router; readonly address: string; readonly prefix: string }> {
  for (const router of routersOf(subject)) {
    if (router.config.piece.origin === 'derived') continue;
    const found = router.instance.addresses.find(({ address, prefixLength }) =>
      isIt(router, address, prefixLength),
    );
    const { address = '', prefixLength = 0 } = found ?? {};
    if (found !== undefined) yield { router, address, prefix: `/${prefixLength}` };
  }
}

function isWritten(router: Router, address: string): boolean {
  return router.written(address)?.startsWith('/') === true;
}

function* withoutPrefix(subject: Subject): Generator<Found> {
  const isBare = (router: Router, address: string): boolean =>
    router.written(address) !== undefined && !isWritten(router, address);
  for (const { router, address, prefix } of firstAddress(subject, isBare)) {
    const message = `no prefix is written: ${prefix} is taken, the address alone, which is right for most`;
    yield { at: router.place(address), message };
  }
}

function* withPrefix(subject: Subject): Generator<Found> {
  const isNetwork = (router: Router, address: string, prefixLength: number): boolean =>
    isWritten(router, address) && prefixLength < (router.instance.family === 4 ? 32 : 128);
  for (const { router, address, prefix } of firstAddress(subject, isNetwork)) {
    const message = `with ${prefix} it becomes the source of what the host sends, if it is set before the host’s`;
    const alone = router.instance.family === 4 ? '/32' : '/128';
    const hint = `${alone}, where the host has an address of that network`;
    yield { at: router.place(address), message, hint };
  }
}

function* executable(subject: Subject): Generator<Found> {
  for (const { piece } of subject.nodes) {
    const source = subject.sources.find(({ path }) => path === piece.file);
    if (source?.isExecutable !== true || piece.origin !== 'file') continue;
    const message =
      'this file may be executed: keepalived takes it for a script, and reads nothing';
    yield { at: { file: piece.file, line: 1, column: 1 }, message, hint: 'chmod a-x' };
  }
}

const one = (...addresses: readonly string[]): Readonly<Record<string, string>> => ({
  'keepalived.conf': conf({ addresses }),
});

export const WRITTEN_RULES: readonly Rule[] = [
  {
    code: 'address-without-prefix',
    severity: 'info',
    title: 'A virtual address has no prefix length.',
    explanation:
      'keepalived takes /32, or /128 for IPv6: good for an address beside others of the same network.',
    bad: one('10.0.0.9'),
    good: one('10.0.0.9/32'),
    check: withoutPrefix,
  },
  {
    code: 'address-with-network',
    severity: 'info',
    title: 'A virtual address has the prefix of its network.',
    explanation:
      'Beside an address of the host it becomes a secondary one, and all is well. If it is ever set first, it is the ' +
      'source of what the host sends, and its removal takes the others along unless promote_secondaries is set.',
    bad: one('10.0.0.9/24'),
    good: one('10.0.0.9/32'),
    check: withPrefix,
  },
  {
    code: 'config-executable',
    severity: 'error',
    title: 'A keepalived.conf may be executed.',
    explanation:
      'keepalived skips such a file, and keepalived -t ends with 0. Seen where lint reads files by name.',
    bad: { 'keepalived.conf': conf() },
    badMode: 0o755,
    good: { 'keepalived.conf': conf() },
    check: executable,
  },
];
