/** What the log says of checks and servers, in `haproxy`'s words. */
import type { CheckOutcome, LiveProxy, LiveServer } from '../live.ts';
import { statusTexts } from './status-texts.ts';
import type { Cause, Judgement, ServerChange } from './types.ts';

export interface LogLine {
  readonly severity: 'emerg' | 'alert' | 'notice';
  readonly text: string;
}

/** What became of those that waited for the server. */
export interface SessionFigures {
  readonly sessions: number;
  readonly requeued: number;
  readonly queued: number;
}

const verdictWords = {
  passed: 'succeeded',
  conditional: 'conditionally succeeded',
  failed: 'failed',
} as const;

/** With `option log-health-checks`; undefined without it, and where nothing is new. */
export function describeJudgement(judgement: Judgement): LogLine | undefined {
  const { server, what, result, news, health, rise, fall } = judgement;
  if (news === 'same' || !logsChecks(server)) return undefined;
  const kind = what === 'agent' ? 'Agent' : 'Health';
  const role = server.config.backup ? 'backup ' : '';
  const level =
    health >= rise
      ? `${health - rise + 1}/${fall} ${server.userWeight > 0 ? 'UP' : 'DRAIN'}`
      : `${health}/${rise} DOWN`;
  const text =
    `${kind} check for ${role}server ${pathOf(server)} ${verdictWords[result.verdict]}` +
    `${reasonOf(result.outcome)}, status: ${level}.`;
  return { severity: 'notice', text };
}

export function describeChange(change: ServerChange, figures: SessionFigures): LogLine {
  const { server, event } = change;
  const name = `${server.config.backup ? 'Backup Server' : 'Server'} ${pathOf(server)}`;
  const line = (rest: string, severity: LogLine['severity'] = 'notice'): LogLine => ({
    severity,
    text: `${name} ${rest}`,
  });
  const via = change.cause.kind === 'tracked' ? ` via ${pathOf(change.cause.leader)}` : '';
  const left = `. ${countsOf(change, 'left')} ${leftOf(figures)}`;
  const online = `. ${countsOf(change, 'online')} ${onlineOf(figures)}`;
  const why = `${via}${whyOf(change)}`;
  const nameless = change.cause.kind === 'name' ? ' (no address for its name)' : '';
  switch (event.kind) {
    case 'down':
      return line(`is DOWN${why}${left}`, event.was === 'serving' ? 'alert' : 'notice');
    case 'up':
      return line(`is UP${why}${online}`);
    case 'stopping':
      return line(`is stopping${why}${online}`);
    case 'enters-maintenance':
      if (event.was === 'down')
        return line(`was DOWN and now enters maintenance${via}${nameless}.`);
      return line(
        `is going DOWN for maintenance${via}${nameless}${left}`,
        event.was === 'serving' ? 'alert' : 'notice',
      );
    case 'leaves-maintenance': {
      const states = `${event.to.toUpperCase()}/${event.into.toUpperCase()}`;
      return line(`is ${states} (${leavingTexts[event.of]}).`);
    }
    case 'remains-in-maintenance':
      return event.of === 'own'
        ? line('remains in forced maintenance.')
        : line(`is leaving forced maintenance but remains in maintenance${via}.`);
    case 'enters-drain':
      return line(`enters drain state${via}${event.is === 'up' ? online : left}`);
    case 'leaves-drain':
      return line(`is ${event.is.toUpperCase()} (leaving forced drain).`);
    case 'remains-in-drain':
      return event.of === 'forced'
        ? line('remains in forced drain mode.')
        : line(`is leaving forced drain but remains in drain mode${via}.`);
  }
}

const leavingTexts = {
  forced: 'leaving forced maintenance',
  inherited: 'leaving maintenance',
  name: 'resolves again',
} as const;

/** A backend that has lost its last server. */
export function describeEmptyBackend({ config }: LiveProxy): LogLine {
  const kind = config.kind === 'backend' ? 'backend' : 'proxy';
  return { severity: 'emerg', text: `${kind} ${config.name} has no server available!` };
}

function pathOf({ proxy, config }: LiveServer): string {
  return `${proxy.config.name}/${config.name}`;
}

function whyOf({ server, cause }: ServerChange): string {
  if (cause.kind === 'check' || cause.kind === 'agent')
    // The line about the check has said it.
    return logsChecks(server) ? '' : reasonOf(cause.outcome);
  return causeTexts[cause.kind];
}

const causeTexts: Readonly<Record<Exclude<Cause['kind'], 'check' | 'agent'>, string>> = {
  order: ', changed from CLI',
  name: '',
  'warmed-up': '',
  tracked: '',
};

function reasonOf({ status, code, durationMs, description }: CheckOutcome): string {
  const shown = [
    `, reason: ${statusTexts[status]}`,
    ...(code >= 0 ? [`, code: ${code}`] : []),
    ...(description === '' ? [] : [`, info: "${escapeText(description)}"`]),
    ...(durationMs >= 0 ? [`, check duration: ${durationMs}ms`] : []),
  ];
  return shown.join('');
}

/** What servers said goes into no log as it is: `<22>` is a quote, and so is each byte that cannot be read. */
function escapeText(text: string): string {
  return text.replace(/[^ -~]|["<>]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const bytes = code > 0xff ? new TextEncoder().encode(character) : [code];
    return Array.from(
      bytes,
      (byte) => `<${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
    ).join('');
  });
}

function logsChecks({ proxy }: LiveServer): boolean {
  return proxy.config.options.has('log-health-checks');
}

function countsOf({ active, backup }: ServerChange, word: 'left' | 'online'): string {
  const standIn = active === 0 && backup > 0 ? ' Running on backup.' : '';
  return `${active} active and ${backup} backup servers ${word}.${standIn}`;
}

function leftOf({ sessions, requeued, queued }: SessionFigures): string {
  return `${sessions} sessions active, ${requeued} requeued, ${queued} remaining in queue.`;
}

function onlineOf({ requeued, queued }: SessionFigures): string {
  return `${requeued} sessions requeued, ${queued} total in queue.`;
}
