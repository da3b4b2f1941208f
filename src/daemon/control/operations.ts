/** What each request of the control socket does, apart from `events`, which the server pages itself. */

import type { MetricsResult } from '../../api/metrics.ts';
import type {
  AnswerError,
  DrainResult,
  HandoverResult,
  PriorityResult,
  ReloadDiagnostic,
  ReloadResult,
  Request,
} from '../../api/protocol.ts';
import { type Diagnostic, formatDiagnostic } from '../../base/diagnostics.ts';
import { nearestWord } from '../../base/edit-distance.ts';
import type { Reloader, ReloadOutcome } from '../reloader.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { type DepartureSources, followDeparture } from './departures.ts';
import type { DrainFile } from './drain-file.ts';
import { explainResult } from './explain-result.ts';
import { modelDifference } from './model-difference.ts';
import type { Outcome } from './outcome.ts';
import type { Reply } from './server.ts';
import { type StatusSources, statusResult } from './status-result.ts';

export interface OperationParts extends DepartureSources {
  readonly vrrp: VrrpProcess;
  readonly drainFile: DrainFile;
  readonly reloader: Pick<Reloader, 'request'>;
  statusSources(): StatusSources;
  metrics(): MetricsResult;
  /** Undefined where this program cannot be upgraded in place. */
  readonly upgrade?: (reply: Reply) => void;
}

export function handleRequest(parts: OperationParts, request: Request, reply: Reply): void {
  if ('instance' in request && request.instance !== undefined) {
    const missing = findMissing(parts.vrrp, request.instance);
    if (missing !== undefined) {
      reply({ ok: false, error: missing });
      return;
    }
  }
  switch (request.op) {
    case 'status':
      reply(succeeded(statusResult(parts.statusSources(), request.instance)));
      return;
    case 'explain':
      reply(succeeded(explainResult(parts.statusSources(), request.instance)));
      return;
    case 'metrics':
      reply(succeeded(parts.metrics()));
      return;
    case 'handover':
      handOver(parts, request.instance, reply);
      return;
    case 'drain':
      drain(parts, reply);
      return;
    case 'undrain':
      reply(succeeded(undrain(parts)));
      return;
    case 'priority':
      reply(succeeded(setPriority(parts, request)));
      return;
    case 'reload':
      parts.reloader.request((outcome) => reply(reloaded(outcome)));
      return;
    case 'upgrade':
      if (parts.upgrade !== undefined) parts.upgrade(reply);
      else reply(failed('this daemon cannot be upgraded in place'));
      return;
    case 'servers':
    case 'server':
    case 'change-servers':
      reply(failed('virtual servers have a socket of their own: this one’s path and `.servers`'));
      return;
    case 'events':
      reply(failed('events are paged by the server'));
      return;
  }
}

function succeeded(result: unknown): Outcome {
  return { ok: true, result };
}

function failed(message: string): Outcome {
  return { ok: false, error: { code: 'failed', message } };
}

function findMissing({ node }: VrrpProcess, instance: string): AnswerError | undefined {
  if (node.router(instance) !== undefined) return undefined;
  const names = node.snapshots().map(({ name }) => name);
  const nearest = nearestWord(instance, names);
  const hint =
    nearest !== undefined
      ? `did you mean '${nearest}'?`
      : `there are ${names.slice(0, 10).join(', ') || 'none'}`;
  const message = `there is no instance '${instance.slice(0, 64)}': ${hint}`;
  return { code: 'no-such-instance', message };
}

function handOver(parts: OperationParts, instance: string, reply: Reply): void {
  const order = (): void =>
    parts.vrrp.tell({ kind: 'ordered', instance, order: { kind: 'handover' } });
  followDeparture(parts, instance, order, (result) => reply(succeeded(result)));
}

/** The file comes first: a daemon that dies in between comes back drained, as was asked. */
function drain(parts: OperationParts, reply: Reply): void {
  const { vrrp, drainFile, clock } = parts;
  const persisted = drainFile.write(new Date(clock.wallMs()).toISOString()) === 'written';
  const masters = vrrp.node.snapshots().filter(({ state }) => state === 'master');
  const order = (): void =>
    vrrp.tell({ kind: 'ordered', instance: undefined, order: { kind: 'drain' } });
  const instances: HandoverResult[] = [];
  const finish = (): void => {
    if (instances.length < masters.length) return;
    const result: DrainResult = { serving: 'drained', persisted, instances };
    reply(succeeded(result));
  };
  // All are followed before the one order that concerns them all.
  masters.forEach(({ name }, index) => {
    const isLast = index === masters.length - 1;
    followDeparture(parts, name, isLast ? order : () => {}, (result) => {
      instances.push(result);
      finish();
    });
  });
  if (masters.length > 0) return;
  order();
  finish();
}

function undrain({ vrrp, drainFile }: OperationParts): DrainResult {
  const persisted = drainFile.remove() === 'removed';
  vrrp.tell({ kind: 'ordered', instance: undefined, order: { kind: 'undrain' } });
  return { serving: 'serving', persisted, instances: [] };
}

function setPriority(
  parts: OperationParts,
  { instance, priority }: Extract<Request, { op: 'priority' }>,
): PriorityResult {
  const order = { kind: 'priority', priority: priority ?? undefined } as const;
  parts.vrrp.tell({ kind: 'ordered', instance, order });
  const [status] = statusResult(parts.statusSources(), instance).instances;
  const none = { effective: 0, configured: 0, override: null };
  return { instance, priority: status?.priority ?? none };
}

function reloaded({ outcome, diagnostics, before, after }: ReloadOutcome): Outcome {
  const told = diagnostics.map(diagnosticOf);
  if (outcome === 'refused') {
    const message = 'the file has errors: the running configuration stays';
    return { ok: false, error: { code: 'failed', message, diagnostics: told } };
  }
  const result: ReloadResult = { diagnostics: told, ...modelDifference(before, after) };
  return succeeded(result);
}

function diagnosticOf(diagnostic: Diagnostic): ReloadDiagnostic {
  return { ...diagnostic, text: formatDiagnostic(diagnostic) };
}
