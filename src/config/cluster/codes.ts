import type { Severity } from '../../base/diagnostics.ts';

export interface ClusterCode {
  readonly severity: Severity;
  /** What it means, for docs/errors.md. */
  readonly meaning: string;
}

function entry(severity: Severity, meaning: string): ClusterCode {
  return { severity, meaning };
}

/** Everything that can be said about an inventory or a cluster.yaml. Codes are never renamed. */
export const CODES = {
  'not-yaml': entry('fatal', 'cluster.yaml is not YAML, or not a mapping.'),
  'bad-section': entry(
    'error',
    'A line in brackets names no group, or a kind that Ansible has not.',
  ),
  'bad-line': entry('error', 'A line of an inventory that is no host, no variable and no group.'),
  'bad-range': entry('error', 'A range of host names such as [01:20] cannot be read.'),
  'unknown-group': entry('error', 'A group has a child, or variables, and is nowhere given.'),
  'group-loop': entry('error', 'A group is its own child, directly or through others.'),
  'unmatched-quote': entry('error', 'A quote has no partner on its line.'),
  'template-left': entry('error', 'A value is a template, which only Ansible could fill in.'),
  'unknown-key': entry('error', 'A key that cluster.yaml does not have.'),
  'missing-key': entry('error', 'Something that is needed is not given.'),
  'wrong-kind': entry('error', 'A value is of another kind: a list instead of a word, and so on.'),
  'bad-address': entry('error', 'Not an IP address, or not of the family that is needed.'),
  'bad-name': entry('error', 'A name with signs that host names cannot have.'),
  'bad-number': entry('error', 'Not a number, or out of its range.'),
  'bad-choice': entry('error', 'A word other than those that are allowed here.'),
  'bad-prefix': entry('error', 'The length of a network that the family does not have.'),
  twice: entry('error', 'A name, an address or a priority that another host has already.'),
  'vip-is-host': entry('error', 'The VIP is the own address of a host.'),
  'same-port': entry('error', 'Proxy and server would listen on the same port of the same host.'),
  'no-server': entry('error', 'No host is a server: there is nothing to balance.'),
  'no-holder': entry('error', 'No host may hold the VIP.'),
  'no-interface': entry('error', 'It is not said which link of a host carries the VIP.'),
  'one-holder': entry('warning', 'Only one host may hold the VIP: nobody takes it over.'),
  'server-without-vip': entry(
    'info',
    'A server that does not take part in the election of the VIP.',
  ),
  'guessed-interface': entry('warning', 'The name of a link was taken from a pattern.'),
  'nodes-differ': entry(
    'error',
    'Files of one cluster say different things of what it has in common.',
  ),
  'not-carried': entry(
    'warning',
    'Something of the files of a host that a cluster.yaml cannot say.',
  ),
  'vip-family': entry('error', 'A VIP of one family among hosts of the other.'),
} as const satisfies Record<string, ClusterCode>;

export type Code = keyof typeof CODES;
