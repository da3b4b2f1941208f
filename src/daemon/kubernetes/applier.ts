/**
 * Brings plans into force, one after the other: the file, the daemon, the disk. What comes meanwhile waits, and of
 * that only the last counts. A text that the daemon refuses is taken back.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '../../api/client.ts';
import { nameOf } from '../../kubernetes/reconcile/objects.ts';
import type { Plan } from '../../kubernetes/reconcile/plan.ts';
import { renderPlan } from '../../kubernetes/reconcile/render.ts';
import { renderProxy } from '../../kubernetes/reconcile/render-proxy.ts';
import type { DaemonLink } from './daemon-link.ts';
import { isVerdict } from './daemon-link.ts';
import { type LastState, writeLastState, writeWhole } from './last-state.ts';
import type { PlanOutcome } from './measures.ts';
import type { KubernetesSettings } from './settings.ts';

export interface ApplierParts {
  readonly settings: Pick<
    KubernetesSettings,
    'configMap' | 'configFile' | 'stateFile' | 'proxyFile'
  >;
  readonly daemon: Pick<DaemonLink, 'reload'>;
  tell(level: 'info' | 'warning' | 'error', text: string): void;
  /** The daemon has it, or had it before. */
  applied(plan: Plan): void;
  /** Undefined: the last one was taken. */
  refused(why: string | undefined): void;
  /** Whatever has become of one, after so long. */
  settled?(plan: Plan, outcome: PlanOutcome, tookMs: number): void;
}

const RETRY_MS = 500;
const REST_FACTOR = 2;
const REST_MAX_MS = 5000;

export class Applier {
  readonly #parts: ApplierParts;
  /** What the daemon runs; undefined where that is not sure. */
  #inForce: string | undefined;
  /** What it has refused, not to ask again. */
  #refused: string | undefined;
  #saved = '';
  #next: Plan | undefined;
  #state: 'idle' | 'busy' = 'idle';

  constructor(parts: ApplierParts) {
    this.#parts = parts;
  }

  /** Returns at once. */
  apply(plan: Plan): void {
    this.#next = plan;
    if (this.#state === 'busy') return;
    this.#state = 'busy';
    void this.#work();
  }

  async #work(): Promise<void> {
    while (this.#next !== undefined) {
      const plan = this.#next;
      this.#next = undefined;
      const startedMs = performance.now();
      const outcome = await this.#applyOne(plan);
      const isSettled = outcome !== 'failed';
      const tookMs = performance.now() - startedMs;
      this.#parts.settled?.(plan, outcome, tookMs);
      // The daemon reads the whole each time: a cluster that changes all the time gets a third of a processor.
      await sleep(isSettled ? Math.min(REST_MAX_MS, tookMs * REST_FACTOR) : RETRY_MS);
      // Unless something newer has come.
      if (!isSettled) this.#next ??= plan;
    }
    this.#state = 'idle';
  }

  async #applyOne(plan: Plan): Promise<PlanOutcome> {
    const { settings, applied, refused } = this.#parts;
    const text = renderPlan(plan);
    const proxyText = settings.proxyFile === undefined ? '' : renderProxy(plan.servers);
    const both = `${text}\0${proxyText}`;
    if (both === this.#refused) return 'refused';
    try {
      if (both !== this.#inForce && !(await this.#load(text, proxyText))) {
        this.#refused = both;
        return 'refused';
      }
      this.#inForce = both;
      this.#refused = undefined;
      refused(undefined);
      this.#save({ configMap: nameOf(settings.configMap), good: plan.good, text, proxyText });
      applied(plan);
      return 'applied';
    } catch (error) {
      this.#inForce = undefined;
      const why = error instanceof ControlError ? error.message : String(error);
      this.#parts.tell('warning', `the daemon cannot be told, trying again: ${why}`);
      return 'failed';
    }
  }

  /** Whether the daemon took it. */
  async #load(text: string, proxyText: string): Promise<boolean> {
    const { configFile, proxyFile } = this.#parts.settings;
    const undo = [replace(configFile, text)];
    if (proxyFile !== undefined) undo.push(replace(proxyFile, proxyText));
    const { daemon, refused, tell } = this.#parts;
    try {
      // Also where the files were the same: whether they were read nobody knows.
      await daemon.reload();
      return true;
    } catch (error) {
      if (!isVerdict(error)) throw error;
      const why = error.diagnostics?.[0]?.text ?? error.message;
      tell('error', `the daemon refuses what the cluster comes to, what was before stays: ${why}`);
      refused(why);
      for (const back of undo) back();
      return false;
    }
  }

  #save(state: LastState): void {
    const text = JSON.stringify(state);
    if (text === this.#saved) return;
    try {
      writeLastState(this.#parts.settings.stateFile, state);
      this.#saved = text;
    } catch (error) {
      // Told each time it is another state: it matters only at the next start.
      this.#saved = text;
      const { message } = error as Error;
      this.#parts.tell('warning', `a start without the API server will know nothing: ${message}`);
    }
  }
}

/** Writes a file where it is another; returns what puts the old one back. */
function replace(path: string, text: string): () => void {
  const before = readText(path);
  if (before === text) return () => {};
  writeWhole(path, text, 'quick');
  return () => {
    if (before !== undefined) writeWhole(path, before, 'quick');
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
