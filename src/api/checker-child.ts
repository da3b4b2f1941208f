/**
 * What the VRRP process and the checker process say to each other: which files on the command line, orders
 * as JSON lines on its standard input, reports as JSON lines on its standard output. The end of its input
 * is the end of the parent.
 */

export type InstanceState = 'init' | 'backup' | 'master' | 'fault';

const STATES: ReadonlySet<InstanceState> = new Set(['init', 'backup', 'master', 'fault']);

export type CheckerOrder =
  /**
   * First of all, once the parent knows which daemon it is; until then the files are read, and no more.
   * `mistakes`: whether the parent has told what is wrong in plain virtual_server blocks.
   */
  | { readonly kind: 'begin'; readonly options: object; readonly mistakes: 'told' | 'untold' }
  /**
   * In place of it, from a parent that loads its own program later: do what the files say at once, as the
   * daemon that this request asks for, where nothing speaks against it. `begin` follows all the same.
   */
  | { readonly kind: 'ahead'; readonly request: object }
  /** The parent has read the files anew and found them right. */
  | { readonly kind: 'reload' }
  /** Of the instance that the kernel's synchronisation follows: at the start, and when it changes. */
  | { readonly kind: 'instance'; readonly state: InstanceState }
  /** `keep`: what the kernel balances stays as it is, for the program that comes next. */
  | { readonly kind: 'stop'; readonly kernel: 'remove' | 'keep' };

export type CheckerReport =
  | {
      readonly kind: 'judged';
      readonly check: string;
      readonly verdict: 'up' | 'down';
      readonly detail: string;
    }
  /** The answer to `ahead`: the kernel has all of it, or only the parent can decide. */
  | { readonly kind: 'ahead'; readonly outcome: 'balancing' | 'waiting' }
  /** All that the configuration asks for is at work. */
  | { readonly kind: 'ready' };

export function parseOrder(line: string): CheckerOrder | undefined {
  const order = parseObject(line);
  switch (order?.kind) {
    case 'ahead': {
      const { request } = order;
      if (typeof request !== 'object' || request === null) return undefined;
      return { kind: 'ahead', request };
    }
    case 'begin': {
      const { options, mistakes } = order;
      if (typeof options !== 'object' || options === null) return undefined;
      return { kind: 'begin', options, mistakes: mistakes === 'untold' ? 'untold' : 'told' };
    }
    case 'reload':
      return { kind: 'reload' };
    case 'instance':
      return STATES.has(order.state as InstanceState)
        ? { kind: 'instance', state: order.state as InstanceState }
        : undefined;
    case 'stop':
      return { kind: 'stop', kernel: order.kernel === 'keep' ? 'keep' : 'remove' };
    default:
      return undefined;
  }
}

export function parseCheckerReport(line: string): CheckerReport | undefined {
  const report = parseObject(line);
  if (report?.kind === 'ready') return { kind: 'ready' };
  if (report?.kind === 'ahead')
    return { kind: 'ahead', outcome: report.outcome === 'balancing' ? 'balancing' : 'waiting' };
  if (report?.kind !== 'judged') return undefined;
  const { check, verdict, detail } = report;
  if (typeof check !== 'string' || typeof detail !== 'string') return undefined;
  if (verdict !== 'up' && verdict !== 'down') return undefined;
  return { kind: 'judged', check, verdict, detail };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
