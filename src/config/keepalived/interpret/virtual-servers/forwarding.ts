import type { Forwarding, Tunnel } from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Report } from '../../report.ts';
import type { Word } from '../../text/words.ts';
import { readInteger } from '../numbers.ts';

const METHODS: Readonly<Record<string, Forwarding['method']>> = {
  NAT: 'masquerade',
  DR: 'direct',
  TUN: 'tunnel',
};

const CHECKSUMS: Readonly<Record<string, Tunnel['checksum']>> = {
  nocsum: 'none',
  csum: 'full',
  remcsum: 'remote',
};

interface Draft {
  type: Tunnel['type'];
  port?: number;
  checksum: Tunnel['checksum'];
}

const IGNORED = 'the line is ignored';

/** `NAT`, `DR` or `TUN [type …] [checksum]`; undefined where the line is of no use. */
export function readForwarding(
  { words, keyword }: Statement,
  report: Report,
): Forwarding | undefined {
  const [name, ...options] = words;
  const method = METHODS[name?.text ?? ''];
  // The keyword table has told what is wrong with its first word.
  if (method === undefined) return undefined;
  const tunnel = readTunnel(keyword, options, report);
  if (tunnel === undefined) return undefined;
  return method === 'tunnel' ? { method, tunnel } : { method };
}

/** keepalived judges the options of a tunnel also where none is used. */
function readTunnel(keyword: Word, options: readonly Word[], report: Report): Tunnel | undefined {
  const draft: Draft = { type: 'ipip', checksum: 'none' };
  for (let at = 0; at < options.length; at++) {
    const option = options[at];
    if (option === undefined) break;
    const checksum = CHECKSUMS[option.text];
    if (checksum !== undefined) draft.checksum = checksum;
    else if (option.text === 'type' || option.text === 'port') {
      const value = options[++at];
      if (!readOption(draft, option, value, report)) return undefined;
    } else {
      report.add(
        'invalid-choice',
        option.at,
        `'${option.text}' is not an option of a tunnel: ${IGNORED}`,
        'write type ipip, type gue port N or type gre, then nocsum, csum or remcsum',
      );
      return undefined;
    }
  }
  const conflict = findConflict(draft);
  if (conflict === undefined) return draft;
  report.add('invalid-tunnel', options[0]?.at ?? keyword.at, `${conflict}: ${IGNORED}`);
  return undefined;
}

function readOption(draft: Draft, option: Word, value: Word | undefined, report: Report): boolean {
  if (value === undefined) {
    report.add('missing-value', option.at, `'${option.text}' has no value: ${IGNORED}`);
    return false;
  }
  if (option.text === 'port') {
    const rule = { what: 'the port of a tunnel', min: 1, max: 65_535, fallback: IGNORED };
    const port = readInteger(value, rule, report);
    if (port !== undefined) draft.port = port;
    return port !== undefined;
  }
  const { text } = value;
  if (text === 'ipip' || text === 'gue' || text === 'gre') {
    draft.type = text;
    return true;
  }
  report.add(
    'invalid-choice',
    value.at,
    `a tunnel is of type ipip, gue or gre, not '${text}': ${IGNORED}`,
  );
  return false;
}

function findConflict({ type, port, checksum }: Draft): string | undefined {
  if (type === 'gue' && port === undefined) return 'a gue tunnel needs a port';
  if (type !== 'gue' && port !== undefined) return 'only a gue tunnel has a port';
  if (type === 'ipip' && checksum !== 'none') return 'ipip tunnels have no checksum';
  if (type === 'gre' && checksum === 'remote') return 'gre tunnels have no remote checksum';
  return undefined;
}
