import type { ServiceKey } from '../../../model/virtual-server.ts';
import type { Statement } from '../../grammar/tree.ts';
import type { Report } from '../../report.ts';
import { readInteger } from '../numbers.ts';
import { readEndpoint, reportFurther } from './endpoint.ts';

const LEFT_OUT = 'the virtual server is left out';
const MARK_MAX = 4_294_967_295;

/** `ADDRESS [PORT]`, `fwmark N` or `group NAME`. */
export function readKey({ words }: Statement, report: Report): ServiceKey | undefined {
  const [first, second] = words;
  if (first === undefined) return undefined;
  if (first.text !== 'fwmark' && first.text !== 'group') {
    const endpoint = readEndpoint(words, LEFT_OUT, report);
    return endpoint && { kind: 'address', address: endpoint.address, port: endpoint.port ?? 0 };
  }
  if (second === undefined) {
    report.add('missing-value', first.at, `'${first.text}' has no value: ${LEFT_OUT}`);
    return undefined;
  }
  reportFurther(words[2], report);
  if (first.text === 'group') return { kind: 'group', group: second.text };
  const rule = { what: "'fwmark'", min: 1, max: MARK_MAX, fallback: LEFT_OUT };
  const mark = readInteger(second, rule, report);
  return mark === undefined ? undefined : { kind: 'mark', mark };
}
