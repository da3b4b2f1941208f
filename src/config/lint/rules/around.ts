/** Manifests, inventories and the words around them. */
import { hostsOf } from '../extract/fill.ts';
import { grep, piecesOf } from '../lines.ts';
import type { Found, Rule, Subject } from '../types.ts';

const GONE: readonly (readonly [RegExp, string])[] = [
  [/rbac\.authorization\.k8s\.io\/v1(?:alpha|beta)1/, 'rbac.authorization.k8s.io/v1'],
  [/\bextensions\/v1beta1/, 'apps/v1 (with a selector), or networking.k8s.io/v1'],
  [/\bapps\/v1beta[12]/, 'apps/v1, with a selector'],
  [/\bpolicy\/v1beta1/, 'policy/v1'],
];

function* goneVersions(subject: Subject): Generator<Found> {
  for (const piece of piecesOf(subject, 'yaml', 'shell')) {
    for (const [pattern, instead] of GONE) {
      for (const { at, match } of grep(piece, new RegExp(`apiVersion:\\s*${pattern.source}`))) {
        const message = `no Kubernetes of today serves '${match[0].replace(/apiVersion:\s*/, '')}'`;
        yield { at, message, hint: `apiVersion: ${instead}` };
      }
    }
  }
}

function* fewerRouters(subject: Subject): Generator<Found> {
  const hosts = piecesOf(subject, 'inventory').flatMap(hostsOf);
  const masters = hosts.filter(({ groups }) =>
    groups.some((group) => /master|control/.test(group)),
  );
  const routers = masters.filter(({ variables }) => variables.has('priority'));
  if (routers.length === 0) return;
  for (const host of masters.filter((each) => !routers.includes(each))) {
    const at = { file: host.file, line: host.line, column: 1 };
    const counts = `${masters.length} masters, ${routers.length} virtual routers`;
    const message = `${counts}: ${host.name} has no priority and never holds the address`;
    yield { at, message, hint: 'give it a priority and a state of its own' };
  }
}

const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;
const PRIVATE = /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|127\.)/;

/** A public address that differs from a private one by one digit in its first two parts. */
function* misspelt(subject: Subject): Generator<Found> {
  const known = new Set(
    subject.sources
      .flatMap(({ text }) => text.match(ADDRESS) ?? [])
      .filter((one) => PRIVATE.test(one)),
  );
  for (const piece of piecesOf(subject, 'prose')) {
    for (const { at, text } of grep(piece, ADDRESS)) {
      for (const match of text.matchAll(ADDRESS)) {
        const [written] = match;
        const meant = PRIVATE.test(written)
          ? undefined
          : [...known].find((one) => isNear(written, one));
        if (meant === undefined) continue;
        const message = `${written} stands here, ${meant} everywhere else: one digit more or less`;
        yield { at: { ...at, column: match.index + 1 }, message };
      }
    }
  }
}

function isNear(written: string, meant: string): boolean {
  const [long, short] = written.length > meant.length ? [written, meant] : [meant, written];
  if (long.length !== short.length + 1) return false;
  return [...long].some((_digit, at) => long.slice(0, at) + long.slice(at + 1) === short);
}

const yml = (text: string): Readonly<Record<string, string>> => ({ 'role.yaml': text });
const hosts = (more: string): Readonly<Record<string, string>> => ({
  hosts: `[k8s-master]\n10.0.0.1 name=a priority=100\n10.0.0.2 name=b${more}\n`,
});
const doc = (address: string): Readonly<Record<string, string>> => ({
  'guide.md': `Then ping ${address}.\n\n\`\`\`sh\nsudo ping 172.16.40.33\n\`\`\`\n`,
});

export const AROUND_RULES: readonly Rule[] = [
  {
    code: 'api-version-gone',
    severity: 'error',
    title: 'A manifest in a version of the API that is gone.',
    explanation: 'The API server refuses it.',
    bad: yml('apiVersion: rbac.authorization.k8s.io/v1alpha1\nkind: ClusterRole\n'),
    good: yml('apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n'),
    check: goneVersions,
  },
  {
    code: 'fewer-routers-than-masters',
    severity: 'warning',
    title: 'Not every master of the inventory can hold the address.',
    explanation: 'With the others gone the address is nowhere, though a master lives.',
    bad: hosts(''),
    good: hosts(' priority=90'),
    check: fewerRouters,
  },
  {
    code: 'address-misspelt',
    severity: 'warning',
    title: 'An address of the text is not that of the configuration.',
    explanation: 'One digit more makes a public address of a private one.',
    bad: doc('172.168.40.33'),
    good: doc('172.16.40.33'),
    check: misspelt,
  },
];
