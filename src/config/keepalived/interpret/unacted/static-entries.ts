import type { DataLine, Statement } from '../../grammar/tree.ts';
import { readAddressLine } from '../addresses.ts';
import type { Context } from '../context.ts';
import { readSeconds } from '../numbers.ts';
import { readRouteLine } from '../routing/route-line.ts';
import { readRuleLine } from '../routing/rule-line.ts';

/** Lines that stand for something of the kernel: addresses, routes and rules outside instances. */
export function checkStaticEntries(
  { definition, block }: Statement,
  groups: ReadonlySet<string>,
  context: Context,
): void {
  for (const line of block?.lines ?? []) {
    switch (definition.body?.kind === 'lines' ? definition.body.lines : undefined) {
      case 'addresses':
        checkAddress(line, groups, context);
        break;
      case 'routes':
        readRouteLine(line, groups, context);
        break;
      case 'rules':
        readRuleLine(line, groups, context);
        break;
      case 'linkbeats':
        checkLinkbeat(line, context);
        break;
      case 'delays':
        checkDelays(line, context);
        break;
    }
  }
}

function checkAddress(line: DataLine, groups: ReadonlySet<string>, context: Context): void {
  const placed = readAddressLine(line, context.report, { kind: 'static', groups });
  const name = placed?.address.interface;
  const at = line.words.find(({ text }) => text === name)?.at;
  if (name === undefined || at === undefined) return;
  context.claims.push({ kind: 'interface', name, at, missing: 'reported' });
}

const LINKBEATS = new Set(['MII', 'ETHTOOL', 'IOCTL']);

/** `INTERFACE [MII|ETHTOOL|IOCTL]`. */
function checkLinkbeat({ words }: DataLine, { report, claims }: Context): void {
  const [{ text: name, at }, kind, ...others] = words;
  claims.push({ kind: 'interface', name, at, missing: 'fatal' });
  const wrong = kind !== undefined && !LINKBEATS.has(kind.text) ? kind : others[0];
  if (wrong === undefined) return;
  report.add(
    'invalid-choice',
    wrong.at,
    `a link is watched with MII, ETHTOOL or IOCTL, not '${wrong.text}': it is ignored`,
  );
}

/** `INTERFACE DOWN [UP]`, in seconds. */
function checkDelays({ words }: DataLine, { report, claims }: Context): void {
  const [{ text: name, at }, ...delays] = words;
  claims.push({ kind: 'interface', name, at, missing: 'fatal' });
  for (const delay of delays.slice(0, 2)) {
    const rule = { what: 'the delay', min: 0, max: 255, fallback: 'it is ignored' };
    readSeconds(delay, rule, report);
  }
}
