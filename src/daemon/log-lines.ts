/** Events as log lines, in keepalived 2.x's wording wherever tools and people match on it. */
import { unreachable } from '../base/assert.ts';
import type { NodeEffect, NodeEvent } from '../core/node.ts';
import type {
  AdvertNote,
  Cause,
  OperatorAction,
  VrrpEvent,
  VrrpState,
} from '../core/vrrp/types.ts';
import type { LogLevel, LogRecord, LogSink } from '../ports/log.ts';

export interface LogLine extends LogRecord {
  /** `detail`: only with -D, as keepalived has it. */
  readonly audience: 'always' | 'detail';
}

type RecordedEvent = Extract<NodeEffect, { kind: 'record' }>['event'];

/** `detail` is keepalived's -D. */
export function logEvent(
  event: RecordedEvent,
  to: { readonly log: LogSink; readonly verbosity: 'normal' | 'detail' },
): void {
  for (const line of logLines(event)) {
    if (line.audience === 'always' || to.verbosity === 'detail') to.log.write(line);
  }
}

export function logLines(event: RecordedEvent): readonly LogLine[] {
  switch (event.kind) {
    case 'transition':
      return transitionLines(event);
    case 'priorityChanged': {
      const { instance, from, to } = event;
      return [
        line('notice', `(${instance}) Changing effective priority from ${from} to ${to}`, event, {
          cause: describeCause(event.cause),
        }),
      ];
    }
    case 'advertRefused': {
      const { instance, from, detail } = event;
      return [line('warning', `(${instance}) dropped advert from ${from}: ${detail}`, event)];
    }
    case 'advertNoted':
      return [NOTES[event.note](event)];
    case 'masterChanged': {
      const { instance, from, to } = event;
      const text =
        from === undefined
          ? `(${instance}) master set to ${to}`
          : `(${instance}) master changed from ${from} to ${to}`;
      return [detail('info', text, event)];
    }
    case 'intervalLearned': {
      const { instance, from, to } = event;
      const change = `mine=${from / 1000} milli-sec, rx'd=${to / 1000} milli-sec`;
      return [line('info', `(${instance}) advertisement interval changed: ${change}`, event)];
    }
    case 'faultChanged':
      return [detail('info', `(${event.instance}) in FAULT: ${event.faults.join('; ')}`, event)];
    case 'handoverBegan':
    case 'handoverEnded':
      return [handoverLine(event)];
    case 'addressRestored':
    case 'addressContested':
      return [lossLine(event)];
    case 'rivalSeen': {
      const { instance, how, address, mac = 'unknown', detail: what } = event;
      const who =
        how === 'answers' ? `${mac} answers for ${address}` : `${address} (${mac}) ${what}`;
      return [line('warning', `(${instance}) another host acts as master: ${who}`, event)];
    }
    case 'peerChanged': {
      const { instance, peer, change, priority } = event;
      const text = `(${instance}) holdfast peer ${peer} ${change}, priority ${priority}`;
      return [detail('info', text, event)];
    }
    default:
      return nodeLines(event);
  }
}

type HandoverEvent = Extract<RecordedEvent, { kind: 'handoverBegan' | 'handoverEnded' }>;

function handoverLine(event: HandoverEvent): LogLine {
  const { instance } = event;
  if (event.kind === 'handoverBegan') {
    const whom = event.successor === undefined ? 'a successor' : event.successor;
    return line('notice', `(${instance}) handing over to ${whom} (${event.why})`, event);
  }
  const ms = (event.afterUs / 1000).toFixed(1);
  const texts = {
    'taken-over': `${event.to} has taken over after ${ms} ms`,
    nobody: `nobody has taken over within ${ms} ms`,
    'cut-short': `hand-over cut short after ${ms} ms`,
  } as const;
  return line('notice', `(${instance}) ${texts[event.outcome]}`, event);
}

type LossEvent = Extract<RecordedEvent, { kind: 'addressRestored' | 'addressContested' }>;

function lossLine(event: LossEvent): LogLine {
  const { instance, address } = event;
  if (event.kind === 'addressRestored') {
    const text = `(${instance}) address ${address} was removed by something else, put back`;
    return line('warning', text, event);
  }
  const often = `${event.removals} times in ${event.withinUs / 1e6} s`;
  const then = event.policy === 'restore' ? 'putting it back each time' : 'electing anew';
  const text = `(${instance}) something removes address ${address} again and again (${often}): ${then}`;
  return line('warning', text, event);
}

function nodeLines(event: NodeEvent): readonly LogLine[] {
  switch (event.kind) {
    case 'scriptJudged': {
      const { script, outcome, detail: why } = event;
      const text =
        outcome === 'succeeded'
          ? `VRRP_Script(${script}) succeeded`
          : `VRRP_Script(${script}) ${outcome} ${inBrackets(why)}`;
      return [line('info', text, event)];
    }
    case 'checkJudged': {
      const { check, verdict, detail } = event;
      const text = `track_check(${check}) is ${verdict} ${inBrackets(detail)}`;
      return [line('info', text, event)];
    }
    case 'proxyJudged': {
      const { proxy, verdict, detail } = event;
      return [line('info', `track_proxy(${proxy}) is ${verdict} (${detail})`, event)];
    }
    case 'scriptOverrun':
      return [
        line(
          'info',
          `Track script ${event.script} is already running, expect idle - skipping run`,
          event,
        ),
      ];
    case 'unknownVrid':
      return [
        line(
          'info',
          `${event.interface}: advert for unknown VRID ${event.vrid} from ${event.from}`,
          event,
        ),
      ];
    case 'linkChanged': {
      const what = event.state === 'missing' ? 'deleted' : event.state;
      return [line('info', `Netlink reports ${event.interface} ${what}`, event)];
    }
    case 'drainChanged': {
      const what = event.state === 'drained' ? 'drained: it holds nothing' : 'not drained any more';
      return [line('notice', `this host is ${what}`, event)];
    }
    default:
      return unreachable(event);
  }
}

/** Tools look for keepalived's `(exited with status 1)`: what the script said stands behind it. */
function inBrackets(detail: string): string {
  const at = detail.indexOf(': "');
  return at < 0 ? `(${detail})` : `(${detail.slice(0, at)})${detail.slice(at)}`;
}

const STATE_WORDS: Readonly<Record<VrrpState, string>> = {
  init: 'INIT',
  backup: 'BACKUP',
  master: 'MASTER',
  fault: 'FAULT',
};

function transitionLines(event: Extract<VrrpEvent, { kind: 'transition' }>): readonly LogLine[] {
  const { instance, from, to, cause, priority } = event;
  const lines: LogLine[] = [];
  const fields = {
    state: STATE_WORDS[to],
    from: STATE_WORDS[from],
    priority,
    cause: describeCause(cause),
  };
  const before = causeLine(event);
  if (before !== undefined) lines.push(before);
  if (from === 'master' && to !== 'backup') {
    lines.push(detail('info', `(${instance}) sent 0 priority`, event));
  }
  if (from === 'master') lines.push(detail('info', `(${instance}) removing VIPs.`, event));
  if (to === 'init') {
    lines.push(line('info', `(${instance}) stopped: ${describeCause(cause)}`, event, fields));
    return lines;
  }
  const start = from === 'init' ? ' (init)' : '';
  lines.push(
    line('notice', `(${instance}) Entering ${STATE_WORDS[to]} STATE${start}`, event, fields),
  );
  if (to === 'master') lines.push(detail('info', `(${instance}) setting VIPs.`, event));
  return lines;
}

/** What keepalived says just before a transition. */
function causeLine(event: Extract<VrrpEvent, { kind: 'transition' }>): LogLine | undefined {
  const { instance, cause } = event;
  switch (cause.kind) {
    case 'masterDown': {
      const late = cause.lateUs > 20_000 ? `, noticed ${cause.lateUs / 1000} ms late` : '';
      const whom = describeSilence(cause);
      return detail('info', `(${instance}) Receive advertisement timeout: ${whom}${late}`, event);
    }
    case 'advert':
      return line(
        'info',
        `(${instance}) Master received advert from ${cause.from} with ${
          cause.priority === cause.ownPriority ? 'same priority' : 'higher priority'
        } ${cause.priority}${
          cause.priority === cause.ownPriority
            ? ' but higher IP address than ours'
            : `, ours ${cause.ownPriority}`
        }`,
        event,
      );
    case 'interface':
      return line(
        'info',
        `(${instance}) entering FAULT state (interface ${cause.name} ${cause.state})`,
        event,
      );
    case 'noSource':
      return line(
        'info',
        cause.wanted === undefined
          ? `(${instance}) entering FAULT state (no source address on the interface)`
          : `(${instance}) entering FAULT state (src address ${cause.wanted} not configured)`,
        event,
      );
    case 'tracker':
      return line(
        'info',
        `(${instance}) entering FAULT state due to ${cause.report.kind} ${cause.report.name}`,
        event,
      );
    case 'addressLost':
      return line(
        'warning',
        `(${instance}) address ${cause.address} was removed by something else, electing anew`,
        event,
      );
    case 'overslept':
    case 'named':
    case 'synced':
      return line('notice', `(${instance}) ${describeCause(cause)}`, event);
    case 'operator':
      // A stop is told by the line of its own state.
      if (event.to === 'init') return undefined;
      return line('notice', `(${instance}) ${describeCause(cause)}`, event);
    default:
      return undefined;
  }
}

function describeSilence(cause: Extract<Cause, { kind: 'masterDown' }>): string {
  const { lastMaster, outranked } = cause;
  const lower =
    outranked === undefined
      ? undefined
      : `${outranked.from} has priority ${outranked.priority}, ours is ${outranked.ownPriority}`;
  if (lastMaster === undefined) return lower ?? 'no master was heard';
  const gone = cause.afterPriorityZero
    ? `${lastMaster} said that it stops`
    : `no advertisement from ${lastMaster} any more`;
  return lower === undefined ? gone : `${gone}, and ${lower}`;
}

/** A cause in words, for status and history. */
export function describeCause(cause: Cause): string {
  switch (cause.kind) {
    case 'startup':
      return 'started';
    case 'recovered':
      return 'all faults are gone';
    case 'otherOwner':
      return `${cause.from} claims to be the owner too and does not give way`;
    case 'masterDown':
      return describeSilence(cause);
    case 'advert':
      return `advertisement from ${cause.from} with priority ${cause.priority}, ours ${cause.ownPriority}`;
    case 'interface':
      return `interface ${cause.name} ${cause.state}`;
    case 'noSource':
      return cause.wanted === undefined
        ? 'no source address on the interface'
        : `source address ${cause.wanted} is not there`;
    case 'tracker':
      return `${cause.report.kind} ${cause.report.name}: ${cause.report.detail}`;
    case 'addressLost':
      return `address ${cause.address} was removed by something else`;
    case 'synced':
      return `sync group ${cause.group} follows ${cause.after}`;
    case 'overslept':
      return `this process slept for ${(cause.forUs / 1e6).toFixed(1)} s, so others may have taken over`;
    case 'named':
      return `${cause.by} ${cause.why === 'stopping' ? 'leaves' : 'has fallen below us'} and named us`;
    case 'operator':
      return OPERATOR_WORDS[cause.action];
    default:
      return unreachable(cause);
  }
}

const OPERATOR_WORDS: Readonly<Record<OperatorAction, string>> = {
  shutdown: 'the daemon stops',
  removed: 'reload (removed)',
  replaced: 'reload (replaced)',
  reload: 'reload (reload)',
  handover: 'an operator had it handed over',
  drain: 'an operator drained this host',
  undrain: 'an operator let this host serve again',
  priority: 'an operator set the priority',
};

type Noted = Extract<VrrpEvent, { kind: 'advertNoted' }>;

const NOTES: Readonly<Record<AdvertNote, (event: Noted) => LogLine>> = {
  'lower-priority': (event) =>
    line(
      'info',
      `(${event.instance}) Received advert from ${event.from} with lower priority ` +
        `${event.priority}, ours ${event.ownPriority}, forcing new election`,
      event,
    ),
  discarded: (event) =>
    line(
      'info',
      `(${event.instance}) received lower priority (${event.priority}) advert from ${event.from} - discarding`,
      event,
    ),
  'preempt-delay-started': (event) =>
    line('info', `(${event.instance}) start preempt delay`, event),
  'priority-zero': (event) =>
    detail('info', `(${event.instance}) received priority 0 message from ${event.from}`, event),
  'own-address': (event) =>
    line(
      'warning',
      `(${event.instance}) WARNING - equal priority advert received from remote host with our IP address`,
      event,
    ),
  'address-list': (event) =>
    line(
      'warning',
      `(${event.instance}) received an invalid ip number count or list associated with VRID from ${event.from}`,
      event,
    ),
  'old-checksum': (event) =>
    line('info', `(${event.instance}) Setting unicast VRRPv3 checksum to old version`, event),
  'two-owners': (event) =>
    line('warning', `(${event.instance}) ${event.from} claims priority 255 too`, event),
};

function line(
  level: LogLevel,
  text: string,
  event: { readonly kind: string; readonly instance?: string },
  fields: LogRecord['fields'] = {},
): LogLine {
  const instance = event.instance === undefined ? {} : { instance: event.instance };
  return { level, text, audience: 'always', fields: { event: event.kind, ...instance, ...fields } };
}

function detail(
  level: LogLevel,
  text: string,
  event: { kind: string; instance?: string },
): LogLine {
  return { ...line(level, text, event), audience: 'detail' };
}
