/**
 * Brings plans into force, one after the other. Where only virtual servers are others, the checker process is told of
 * these, and the file follows (ADR 0014); else come the file, the daemon, the disk. What comes meanwhile waits, and of
 * that only the last counts. A text that the daemon refuses is taken back.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ControlError } from '../../api/client.ts';
import { SERVERS_REQUEST_BYTES_MAX } from '../../api/protocol.ts';
import { nameOf } from '../../kubernetes/reconcile/objects.ts';
import type { Plan } from '../../kubernetes/reconcile/plan.ts';
import { ServerTexts } from '../../kubernetes/reconcile/render.ts';
import { digestOf } from '../file-digest.ts';
import type { DaemonLink } from './daemon-link.ts';
import { isVerdict } from './daemon-link.ts';
import { PlanForms, type ServersNews } from './in-force.ts';
import { replaceFile, StateKeeper } from './kept-files.ts';
import type { PlanOutcome } from './measures.ts';
import type { ProxyServers } from './proxy-servers.ts';
import type { ServersLink } from './servers-link.ts';
import type { KubernetesSettings } from './settings.ts';

export interface ApplierParts {
  readonly settings: Pick<
    KubernetesSettings,
    'configMap' | 'configFile' | 'stateFile' | 'proxyFile'
  >;
  readonly daemon: Pick<DaemonLink, 'reload'>;
  readonly checker: Pick<ServersLink, 'change'>;
  /** Where one runs beside. */
  readonly proxy?: Pick<ProxyServers, 'socket' | 'change' | 'check' | 'forget'>;
  tell(level: 'info' | 'warning' | 'error', text: string): void;
  /** The daemon has it, or had it before. */
  applied(plan: Plan): void;
  /** Undefined: the last one was taken. */
  refused(why: string | undefined): void;
  /** Whatever has become of one, after so long. */
  settled?(plan: Plan, outcome: PlanOutcome, tookMs: number): void;
  /** The monotonic clock in milliseconds by which rests are kept; `performance.now` where absent. */
  nowMs?(): number;
}

const RETRY_MS = 500;
const REST_FACTOR = 2;
const REST_MAX_MS = 5000;
/** The files follow what was said to the checker process. */
const SAVE_MS = 1000;
/** The checker process reads the files some time after the daemon has. */
const READING_MS = 20;
const READING_LIMIT_MS = 15_000;

interface Done {
  readonly outcome: PlanOutcome;
  /** `whole`: by a reload, which may have taken long. */
  readonly way: 'quick' | 'whole';
}

export class Applier {
  readonly #parts: ApplierParts;
  readonly #nowMs: () => number;
  readonly #texts = new ServerTexts();
  readonly #kept: StateKeeper;
  /** What the daemon runs; undefined where that is not sure. */
  #inForce: PlanForms | undefined;
  /** What the daemon has read. */
  #digest = '';
  /** As which reading the checker process has that; undefined where that is to be asked. */
  #reading: string | undefined;
  /** What it has refused, not to ask again. */
  #refused: string | undefined;
  /** When the files are to be as what is in force; undefined where they are. */
  #saveAtMs: number | undefined;
  #next: Plan | undefined;
  /** Before then nothing is loaded whole. */
  #restUntilMs = 0;
  #wakeUp: (() => void) | undefined;
  #state: 'idle' | 'busy' = 'idle';
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: ApplierParts) {
    this.#parts = parts;
    this.#nowMs = parts.nowMs ?? (() => performance.now());
    const { stateFile } = parts.settings;
    this.#kept = new StateKeeper(stateFile, (text) => parts.tell('warning', text));
  }

  /** Returns at once. */
  apply(plan: Plan): void {
    this.#next = plan;
    this.#wakeUp?.();
    this.#wake();
  }

  /** The end is near: the files are as what is in force. */
  close(): void {
    clearTimeout(this.#timer);
    if (this.#saveAtMs !== undefined && this.#inForce !== undefined) this.#write(this.#inForce);
  }

  #wake(): void {
    if (this.#state === 'busy') return;
    clearTimeout(this.#timer);
    this.#state = 'busy';
    void this.#work();
  }

  async #work(): Promise<void> {
    for (;;) {
      if (this.#saveAtMs !== undefined && this.#nowMs() >= this.#saveAtMs) await this.#save();
      const plan = this.#next;
      if (plan === undefined) break;
      this.#next = undefined;
      const startedMs = this.#nowMs();
      const done = await this.#applyOne(plan);
      if (done === 'waits') {
        if (this.#next === undefined) await this.#restOrNews();
        this.#next ??= plan;
        continue;
      }
      const { outcome, way } = done;
      const tookMs = this.#nowMs() - startedMs;
      this.#parts.settled?.(plan, outcome, tookMs);
      if (way === 'quick') continue;
      // The daemon reads the whole each time: a cluster that changes all the time gets a third of a processor.
      const restMs = Math.min(REST_MAX_MS, tookMs * REST_FACTOR);
      this.#restUntilMs = this.#nowMs() + (outcome === 'failed' ? RETRY_MS : restMs);
      // Unless something newer has come.
      if (outcome === 'failed') this.#next ??= plan;
    }
    this.#state = 'idle';
    if (this.#saveAtMs === undefined) return;
    this.#timer = setTimeout(() => this.#wake(), Math.max(1, this.#saveAtMs - this.#nowMs()));
  }

  /** What comes next is looked at as soon as it is there, and the files follow meanwhile. */
  async #restOrNews(): Promise<void> {
    const untilMs = Math.min(this.#restUntilMs, this.#saveAtMs ?? Number.POSITIVE_INFINITY);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(1, untilMs - this.#nowMs()));
      this.#wakeUp = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wakeUp = undefined;
  }

  async #applyOne(plan: Plan): Promise<Done | 'waits'> {
    const { proxy } = this.#parts;
    const forms = new PlanForms(plan, this.#texts, { proxy, before: this.#inForce });
    if (await this.#applyNews(forms)) {
      this.#accept();
      this.#parts.applied(plan);
      return { outcome: 'applied', way: 'quick' };
    }
    if (this.#nowMs() >= this.#restUntilMs) return this.#applyWhole(forms);
    // Endpoints do not wait for what takes a reload.
    if (this.#inForce !== undefined) await this.#applyNews(forms.onto(this.#inForce));
    return 'waits';
  }

  /** Whether that was possible without a reload. */
  async #applyNews(forms: PlanForms): Promise<boolean> {
    const news = this.#inForce === undefined ? 'everything' : forms.since(this.#inForce);
    if (news === 'everything' || !(await this.#sayNews(news))) return false;
    this.#inForce = forms;
    this.#saveAtMs ??= this.#nowMs() + SAVE_MS;
    return true;
  }

  /** Whether that was all. */
  async #sayNews({ text, removed, orders }: ServersNews): Promise<boolean> {
    if (orders.length > 0 && (await this.#parts.proxy?.change(orders)) !== 'done') return false;
    if (text === '' && removed.length === 0) return true;
    if (text.length > SERVERS_REQUEST_BYTES_MAX / 2) return false;
    const reading = await this.#findReading();
    if (reading === undefined) return false;
    const done = await this.#ask({ reading, text, removed });
    if (done?.outcome === 'changed') return true;
    this.#reading = undefined;
    return false;
  }

  /** As which reading the checker process has what the daemon has read last; undefined: it has not. */
  async #findReading(): Promise<string | undefined> {
    if (this.#reading !== undefined) return this.#reading;
    const untilMs = this.#nowMs() + READING_LIMIT_MS;
    while (this.#inForce?.isBalanced === true && this.#nowMs() < untilMs) {
      const found = await this.#ask({ reading: '', text: '', removed: [] });
      if (found?.digest === this.#digest) {
        this.#reading = found.reading;
        return found.reading;
      }
      await sleep(READING_MS);
    }
    return undefined;
  }

  /** Undefined where there is no answer, or a refusal: a reload will tell why. */
  async #ask(query: Parameters<ServersLink['change']>[0]) {
    try {
      return await this.#parts.checker.change(query);
    } catch (error) {
      if (!(error instanceof ControlError)) throw error;
      return undefined;
    }
  }

  async #applyWhole(forms: PlanForms): Promise<Done> {
    const both = `${forms.text}\0${forms.proxyText}`;
    if (both === this.#refused) return { outcome: 'refused', way: 'quick' };
    try {
      this.#reading = undefined;
      this.#parts.proxy?.forget();
      if (!(await this.#load(forms))) {
        this.#refused = both;
        return { outcome: 'refused', way: 'whole' };
      }
      this.#digest = digestOf(forms.text);
      this.#inForce = forms;
      this.#accept();
      this.#saveAtMs = undefined;
      this.#kept.keep(this.#stateOf(forms), 'at once');
      this.#parts.applied(forms.plan);
      return { outcome: 'applied', way: 'whole' };
    } catch (error) {
      this.#inForce = undefined;
      const why = error instanceof ControlError ? error.message : String(error);
      this.#parts.tell('warning', `the daemon cannot be told, trying again: ${why}`);
      return { outcome: 'failed', way: 'whole' };
    }
  }

  #accept(): void {
    this.#refused = undefined;
    this.#parts.refused(undefined);
  }

  /** Whether the daemon took it. */
  async #load({ text, proxyText }: PlanForms): Promise<boolean> {
    const { configFile, proxyFile } = this.#parts.settings;
    const undo = [replaceFile(configFile, text)];
    if (proxyFile !== undefined) undo.push(replaceFile(proxyFile, proxyText));
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

  /**
   * The files say what is in force; and it is looked whether it is: a checker process or a proxy that was started anew
   * meanwhile, or a reload that somebody else asked for, has read what the files said before.
   */
  async #save(): Promise<void> {
    const forms = this.#inForce;
    this.#saveAtMs = undefined;
    if (forms === undefined) return;
    this.#write(forms);
    if ((await this.#isStillRead()) && (await this.#parts.proxy?.check()) !== 'another') return;
    this.#reading = undefined;
    this.#inForce = undefined;
    this.#next ??= forms.plan;
  }

  async #isStillRead(): Promise<boolean> {
    if (this.#reading === undefined) return true;
    const found = await this.#ask({ reading: this.#reading, text: '', removed: [] });
    return found?.outcome === 'changed';
  }

  #write(forms: PlanForms): void {
    const { configFile, proxyFile } = this.#parts.settings;
    try {
      replaceFile(configFile, forms.text);
      if (proxyFile !== undefined) replaceFile(proxyFile, forms.proxyText);
    } catch (error) {
      const { message } = error as Error;
      this.#parts.tell('warning', `the configuration files do not say what runs: ${message}`);
    }
    this.#kept.keep(this.#stateOf(forms), 'soon');
  }

  #stateOf({ text, proxyText, plan }: PlanForms) {
    return { configMap: nameOf(this.#parts.settings.configMap), good: plan.good, text, proxyText };
  }
}
