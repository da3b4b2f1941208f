/** Events of virtual servers as lines of the log, in the words that keepalived's users search for. */
import type { Micros } from '../../base/time.ts';
import type { DirectorEvent, ServerCause } from '../../core/balance/director-types.ts';
import type { LogRecord } from '../../ports/log.ts';
import { realServerText, virtualServerText } from './names.ts';

export function directorLines(event: DirectorEvent): readonly LogRecord[] {
  switch (event.kind) {
    case 'checkJudged': {
      const { check, verdict, failures } = event;
      if (verdict === 'up') return [line('info', `${check} success (${resultText(event)})`, event)];
      const retries = failures > 1 ? ` after ${failures - 1} retries` : '';
      return [line('info', `${check} failed${retries}: ${resultText(event)}`, event)];
    }
    case 'attemptFailed':
      return [line('info', `${event.check} failed: ${resultText(event)}`, event)];
    case 'serverChanged': {
      const { service, server, state, cause, weight } = event;
      const verb = state === 'up' ? 'Adding service' : 'Removing service';
      const where = state === 'up' ? 'to' : 'from';
      const who = realServerText(server, service);
      const text = `${verb} ${who} ${where} VS ${virtualServerText(service)}`;
      return [line('notice', `${text} (weight ${weight}, ${causeText(cause)})`, event)];
    }
    case 'weightChanged': {
      const { service, server, from, to, cause } = event;
      const who = `${realServerText(server, service)} of VS ${virtualServerText(service)}`;
      const text = `Changing weight from ${from} to ${to} for ${who} (${causeText(cause)})`;
      return [line('info', text, event)];
    }
    case 'quorumChanged':
      return [quorumLine(event)];
    case 'sorryServerChanged': {
      const { service, server, state } = event;
      const [verb, where] = state === 'in' ? ['Adding', 'to'] : ['Removing', 'from'];
      const who = realServerText(server, service);
      const text = `${verb} sorry server ${who} ${where} VS ${virtualServerText(service)}`;
      return [line('notice', text, event)];
    }
    case 'suspended':
    case 'resumed': {
      const what = event.kind === 'suspended' ? 'Suspending' : 'Activating';
      const text = `${what} healthcheckers of VS ${virtualServerText(event.service)}`;
      return [line('info', text, event)];
    }
  }
}

function quorumLine(event: Extract<DirectorEvent, { kind: 'quorumChanged' }>): LogRecord {
  const { service, state, weight, quorum, hysteresis } = event;
  const [verb, sign, comparison] = state === 'up' ? ['Gained', '+', '<='] : ['Lost', '-', '>'];
  const edge = state === 'up' ? quorum + hysteresis : quorum - hysteresis;
  const sum = `${quorum}${sign}${hysteresis}=${edge} ${comparison} ${weight}`;
  return line('notice', `${verb} quorum ${sum} for VS ${virtualServerText(service)}`, event);
}

function resultText({ detail, latency }: { readonly detail: string; readonly latency: Micros }) {
  const ms = `${Math.round(latency / 100) / 10} ms`;
  return detail === '' ? ms : `${detail}, ${ms}`;
}

export function causeText(cause: ServerCause): string {
  switch (cause.kind) {
    case 'check':
      return cause.detail === '' ? cause.check : `${cause.check}: ${cause.detail}`;
    case 'file':
      return `file ${cause.file}`;
    case 'bfd':
      return `BFD session ${cause.instance}`;
    case 'operator':
      return 'asked for by an operator';
    case 'reload':
    case 'start':
      return cause.kind;
  }
}

function line(level: LogRecord['level'], text: string, { kind }: DirectorEvent): LogRecord {
  return { level, text, fields: { event: kind } };
}
