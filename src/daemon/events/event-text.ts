/** Events of the history as one line for people: what has happened, and why. */
import type { NodeEffect } from '../../core/node.ts';
import type { Cause, VrrpState } from '../../core/vrrp/types.ts';
import { describeCause, logLines } from '../log-lines.ts';

export type RecordedEvent = Extract<NodeEffect, { kind: 'record' }>['event'];

/** A timer that is late by less is on time: nobody is to be told of it. */
const LATE_US = 1000;

const STATES: Readonly<Record<VrrpState, string>> = {
  init: 'INIT',
  backup: 'BACKUP',
  master: 'MASTER',
  fault: 'FAULT',
};

/** Why, in words; undefined where the event itself says it. */
export function eventCause(event: RecordedEvent): string | undefined {
  return 'cause' in event ? causeText(event.cause) : undefined;
}

/** As `describeCause`, with how late our own timer was where that is news. */
export function causeText(cause: Cause): string {
  const text = describeCause(cause);
  if (cause.kind !== 'masterDown' || cause.lateUs < LATE_US) return text;
  return `${text} (noticed ${(cause.lateUs / 1000).toFixed(1)} ms late)`;
}

export function eventText(event: RecordedEvent): string {
  switch (event.kind) {
    case 'transition': {
      const { instance, from, to, priority } = event;
      const change = `(${instance}) ${STATES[from]} -> ${STATES[to]} (priority ${priority})`;
      return `${change}: ${causeText(event.cause)}`;
    }
    case 'priorityChanged': {
      const { instance, from, to, cause } = event;
      return `(${instance}) priority ${from} -> ${to}: ${causeText(cause)}`;
    }
    default:
      // The line that says most stands last: what comes before it leads up to it.
      return logLines(event).at(-1)?.text ?? event.kind;
  }
}
