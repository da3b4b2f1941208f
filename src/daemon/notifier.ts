/** Tells of changes of state: by notify scripts, by way of FIFOs, and by mail. */
import type { Model } from '../config/model/model.ts';
import { vrrpPipes } from '../config/model/notification-pipes.ts';
import type { NotifyScripts, ScriptCommand, VrrpInstanceModel } from '../config/model/vrrp.ts';
import type { Node, NodeEvent, NodeInput } from '../core/node.ts';
import type { NotifyState, VrrpEvent } from '../core/vrrp/types.ts';
import type { LogSink } from '../ports/log.ts';
import type { RunningScript, ScriptRunner } from '../ports/scripts.ts';
import type { MailSide } from './mail/mail-side.ts';
import { NotificationPipes, type PipeParts } from './notification-pipes.ts';

const SCRIPT_OF: Readonly<Record<NotifyState, keyof NotifyScripts>> = {
  MASTER: 'master',
  BACKUP: 'backup',
  FAULT: 'fault',
  STOP: 'stop',
  DELETED: 'deleted',
  MASTER_RX_LOWER_PRI: 'masterRxLowerPriority',
};

export interface NotifierParts extends PipeParts {
  /** Where mail is real. */
  readonly mail?: Pick<MailSide, 'configure' | 'instanceChanged'>;
}

export class Notifier {
  readonly #runner: ScriptRunner;
  readonly #log: LogSink;
  readonly pipes: NotificationPipes;
  readonly #mail: NotifierParts['mail'];
  /** Instances whose state has been told. */
  readonly #told = new Set<string>();
  /** What is told while a reload is carried out; undefined while there is none. */
  #toldAtReload: Set<string> | undefined;
  readonly #running = new Set<RunningScript>();
  #whenIdle: (() => void) | undefined;

  /** `runner` runs what ends by itself. */
  constructor(runner: ScriptRunner, parts: NotifierParts) {
    this.#mail = parts.mail;
    this.#runner = runner;
    this.pipes = new NotificationPipes(parts);
    this.#log = parts.log;
  }

  notify(model: VrrpInstanceModel, state: NotifyState, priority: number): void {
    // Unless it is asked for, keepalived calls an instance that a reload removed a faulty one.
    const heard = state === 'DELETED' && model.deletionIsTold === undefined ? 'FAULT' : state;
    this.#write(model, heard, priority);
    this.#run(model, heard, priority);
    this.#mail?.instanceChanged(model, heard);
  }

  /** Before anything is told; instances may have begun when another program had the say. */
  begin(node: Node): void {
    this.pipes.configure(vrrpPipes(node.model.global.pipes));
    this.#mail?.configure(node.model.global);
    for (const { name, state } of node.snapshots()) if (state !== 'init') this.#told.add(name);
  }

  /** An event that pipes are told of, where it is one. */
  note(event: VrrpEvent | NodeEvent, node: Node): void {
    if (event.kind !== 'priorityChanged') return;
    const router = node.router(event.instance);
    if (router?.model.tellsPriorityChanges !== true) return;
    this.pipes.tellPriority(event.instance, router.state, event.to);
  }

  /** Has a reload carried out, and tells all states again where that is wanted. */
  reload(model: Model, node: Node, feed: (input: NodeInput) => void): void {
    const { pipes } = model.global;
    this.#toldAtReload = new Set();
    this.pipes.configure(vrrpPipes(pipes));
    this.#mail?.configure(model.global);
    feed({ kind: 'reconfigured', model });
    if (pipes?.statesOnReload === true) this.#tellAgain(model, node, this.#toldAtReload);
    this.#toldAtReload = undefined;
  }

  #tellAgain(model: Model, node: Node, told: ReadonlySet<string>): void {
    const names = new Set(model.instances.map(({ name }) => name));
    for (const { name, state, effectivePriority } of node.snapshots()) {
      if (!names.has(name) || told.has(name)) continue;
      this.pipes.tellAgain(name, state, effectivePriority);
    }
  }

  #write(model: VrrpInstanceModel, state: NotifyState, priority: number): void {
    const { name } = model;
    const isFirst = !this.#told.has(name);
    this.#told.add(name);
    this.#toldAtReload?.add(name);
    // What trackers make of the configured priority is news too.
    if (isFirst && model.tellsPriorityChanges === true && priority !== model.priority) {
      this.pipes.tellPriority(name, 'backup', priority);
    }
    if (state === 'STOP' || state === 'DELETED') this.#told.delete(name);
    this.pipes.tell(name, state, priority);
  }

  #run(model: VrrpInstanceModel, state: NotifyState, priority: number): void {
    const { notify } = model;
    const own = notify[SCRIPT_OF[state]];
    if (own !== undefined) this.#start(own, []);
    // keepalived tells the general script of states only.
    if (notify.any !== undefined && state !== 'MASTER_RX_LOWER_PRI') {
      this.#start(notify.any, ['INSTANCE', model.name, state, String(priority)]);
    }
  }

  /** Calls back once no script runs any more. */
  whenIdle(done: () => void): void {
    if (this.#running.size === 0) done();
    else this.#whenIdle = done;
  }

  #start(command: ScriptCommand, extraArguments: readonly string[]): void {
    let script: RunningScript | undefined;
    let ended = false;
    script = this.#runner.run(command, { extraArguments }, (outcome) => {
      ended = true;
      if (outcome.kind === 'not-started') {
        this.#log.write({
          level: 'warning',
          text: `notify script ${command.argv[0]} could not be run: ${outcome.reason}`,
        });
      }
      if (script !== undefined) this.#running.delete(script);
      if (this.#running.size === 0) this.#whenIdle?.();
    });
    if (!ended) this.#running.add(script);
  }
}
