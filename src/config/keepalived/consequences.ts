import type { Code } from './codes.ts';
import type { Position } from './text/traced.ts';

/**
 * Something that is missing for a reason that is told: a keyword, since it is misspelt or its value is
 * wrong, or the name of a definition with a mistake in it. What follows from that is no second mistake.
 */
export interface Cause {
  readonly missing: string;
  /** Where the mistake is, for a keyword: what follows stands in the same block at the root. */
  readonly at?: Position;
}

/** The lines of a block at the root. */
export interface RootBlock {
  readonly file: string;
  readonly from: number;
  readonly to: number;
}

/**
 * What may be said only because something else is wrong. The message names what it misses; here
 * stand keywords that it does not name.
 */
const CONSEQUENCES: Readonly<Partial<Record<Code, readonly string[]>>> = {
  'mail-incomplete': [],
  'missing-interface': [],
  'missing-vrid': [],
  'no-addresses': [],
  'missing-script': [],
  'authentication-untyped': [],
  'authentication-incomplete': [],
  'definition-incomplete': [],
  'owner-by-default': [],
  'nopreempt-cleared': ['preempt'],
  'preempt-delay-cleared': [],
  'interval-rounded': [],
  'duplicate-vrid': ['virtual_ipaddress', 'interface', 'mcast_dst_ip', 'unicast_peer'],
  'no-peers': ['unicast_fault_no_peer'],
  'setting-without-effect': ['vmac_xmit_base', 'use_vmac'],
  'unknown-script': [],
  'unknown-tracked': [],
  'unknown-member': [],
  'lonely-group': ['group'],
  'weight-in-group': [],
  'no-real-servers': [],
  'default-used': [],
  'quorum-reduced': [],
  'incomplete-check': [],
  'undefined-name': [],
  'unknown-group': [],
  'empty-group': [],
  'wrong-family': ['ip_family', 'lvs_method'],
  'port-needs-persistence': [],
  'sorry-server-first': [],
  'flag-without-scheduler': ['lvs_sched', 'lb_algo'],
  'link-local-needs-interface': ['bind_if'],
};

/** What may be said because a definition of that name was left out, or is not what it should be. */
const ABOUT_NAMES: ReadonlySet<Code> = new Set<Code>([
  ...(['unknown-script', 'unknown-tracked', 'unknown-member', 'undefined-name'] as const),
  ...(['unknown-group', 'weight-in-group'] as const),
]);

interface Told {
  readonly code: Code;
  readonly at: Position;
  readonly message: string;
}

/** Tells whether something would be said only because of one of the causes. */
export function consequencesOf(
  causes: readonly Cause[],
  blocks: readonly RootBlock[],
): (told: Told) => boolean {
  const names = new Set<string>();
  const inBlocks = new Map<string, Set<RootBlock | undefined>>();
  for (const { missing, at } of causes) {
    if (at === undefined) names.add(missing);
    else {
      const known = inBlocks.get(missing) ?? new Set();
      inBlocks.set(missing, known.add(blockAround(at, blocks)));
    }
  }
  return ({ code, at, message }) => {
    const keywords = causes.length === 0 ? undefined : CONSEQUENCES[code];
    if (keywords === undefined) return false;
    const block = blockAround(at, blocks);
    const isAboutNames = ABOUT_NAMES.has(code);
    return [...keywords, ...message.split(/[\s:,;']+/)].some(
      (word) => (isAboutNames && names.has(word)) || inBlocks.get(word)?.has(block) === true,
    );
  };
}

function blockAround(at: Position, blocks: readonly RootBlock[]): RootBlock | undefined {
  return blocks.findLast(
    ({ file, from, to }) => file === at.file && from <= at.line && at.line <= to,
  );
}
