/**
 * An upgrade as the running program sees it (docs/adr/0007-upgrade.md): starts the bridge, gives the
 * engine to it, and becomes the new program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createMemoryFile, replaceProgram, setInheritance } from '../../linux/exec.ts';
import type { PidFile } from '../../linux/pid-file.ts';
import { leaveRealtime } from '../../linux/process.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import type { HandedSocket } from '../control-side.ts';
import type { Settlement } from '../settle.ts';
import { VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { type Baggage, packBaggage } from './baggage.ts';
import { brief, giveOver } from './give-over.ts';
import { type HandedState, STATE_VERSION } from './handed-state.ts';
import { UpgradeLink } from './link.ts';
import { packMemory } from './memory.ts';
import { programOnDisk } from './program.ts';

/** A busy machine, a program that is built first: all that is no reason to give up. */
const READY_LIMIT_MS = 60_000;
/** Whoever asked gets the answer before the process changes. */
const FAREWELL_MS = 50;
/** Descriptors of the bridge. */
const LINK_FD = 3;
const FIRST_LOCK_FD = 4;

/** Another program serves; this process becomes it in a moment. */
interface HandedOver {
  readonly kind: 'handed-over';
  readonly version: string;
  readonly bridge: Bridge;
  readonly given: HandedState;
}

/** Everything goes on as before. */
interface Refusal {
  readonly kind: 'refused';
  readonly reasons: readonly string[];
}

export type UpgradeOutcome = Pick<HandedOver, 'kind' | 'version'> | Refusal;

export interface UpgraderParts {
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
  readonly pidFiles: readonly PidFile[];
  readonly settlement: Settlement;
  /** Closes what the next program opens again, but for the control socket, at which clients wait. */
  closeSides(): Promise<void>;
  handDownSocket(): HandedSocket | undefined;
  /** Nothing is left to do here; the process may end. */
  onEnded(outcome: 'given' | 'stopped'): void;
}

interface Bridge {
  readonly child: ChildProcess;
  readonly socket: Socket;
  readonly link: UpgradeLink;
  readonly ended: Promise<void>;
  hasEnded(): boolean;
}

/** What goes from one program of this process to the next. */
interface Heritage {
  readonly socket: Socket;
  readonly memory: number;
  readonly control: HandedSocket | undefined;
}

export class Upgrader {
  readonly #parts: UpgraderParts;
  #phase: 'idle' | 'starting' | 'giving' | 'given' = 'idle';
  #bridge: Bridge | undefined;
  /** What to do once it is known who acts. */
  #stopLater: (() => void) | undefined;
  #reloadLater: (() => void) | undefined;

  constructor(parts: UpgraderParts) {
    this.#parts = parts;
  }

  async request(): Promise<UpgradeOutcome> {
    if (this.#phase !== 'idle') return refused('an upgrade is under way');
    this.#phase = 'starting';
    const { log } = this.#parts;
    log.write({ level: 'notice', text: 'Upgrading: starting the program that is on disk' });
    const outcome = await this.#run();
    if (outcome.kind === 'refused') {
      this.#goOn(outcome.reasons);
      return outcome;
    }
    log.write({ level: 'notice', text: `holdfast v${outcome.version} serves, following it` });
    this.#phase = 'given';
    const { bridge, given } = outcome;
    setTimeout(() => void this.#follow(bridge, given), FAREWELL_MS);
    return outcome;
  }

  /** Whether a stop has to wait until it is known who acts; it is then carried out as `stop` says. */
  defersStop(stop: () => void): boolean {
    if (this.#phase === 'idle') return false;
    if (this.#phase === 'starting') {
      // It has nothing to lose.
      this.#bridge?.child.kill('SIGKILL');
      return false;
    }
    this.#stopLater = stop;
    return true;
  }

  /** The bridge reads the file early and the heir never: what has changed since is read afterwards. */
  defersReload(reload: () => void): boolean {
    if (this.#phase !== 'idle') this.#reloadLater = reload;
    return this.#phase !== 'idle';
  }

  #goOn(reasons: readonly string[]): void {
    this.#phase = 'idle';
    const text = `upgrade refused, this program goes on: ${reasons.join('; ')}`;
    this.#parts.log.write({ level: 'error', text });
    this.#stopLater?.();
    this.#reloadLater?.();
    this.#reloadLater = undefined;
  }

  async #run(): Promise<Refusal | HandedOver> {
    const { vrrp } = this.#parts;
    const bridge = this.#startBridge();
    this.#bridge = bridge;
    const { link } = bridge;
    const limit = { limitMs: READY_LIMIT_MS };
    const hello = await link.next(['hello'], limit);
    if (typeof hello !== 'object') return this.#giveUp(`the new program did not start (${hello})`);
    if (!hello.states.includes(STATE_VERSION)) {
      return this.#giveUp(`holdfast v${hello.version} cannot read the state of v${VERSION}`);
    }
    const model = brief(vrrp, link);
    const ready = await link.next(['ready', 'refused'], limit);
    if (typeof ready !== 'object') return this.#giveUp(`the new program ended early (${ready})`);
    if (ready.kind === 'refused') return this.#giveUp(...ready.reasons);
    const endSuccessor = (): Promise<void> => {
      bridge.child.kill('SIGKILL');
      return bridge.ended;
    };
    const onFrozen = (): void => {
      this.#phase = 'giving';
    };
    const given = await giveOver({ vrrp, link, briefed: model, onFrozen, endSuccessor });
    if (given === 'busy')
      return this.#giveUp('an instance is handing over, or a reload is under way');
    if (given === 'failed') return refused('the new program did not take over in time');
    return { kind: 'handed-over', version: hello.version, bridge, given };
  }

  async #giveUp(...reasons: readonly string[]): Promise<Refusal> {
    this.#bridge?.child.kill('SIGKILL');
    await this.#bridge?.ended;
    this.#bridge?.link.close();
    return { kind: 'refused', reasons };
  }

  #startBridge(): Bridge {
    const { file, args } = programOnDisk();
    const locks = this.#parts.pidFiles.map(({ fd }) => fd);
    const child = spawn(file, args, {
      argv0: process.argv0,
      detached: true,
      env: packBaggage(
        {
          role: 'bridge',
          settlement: settlementOf(this.#parts.settlement),
          link: LINK_FD,
          locks: locks.map((_, index) => FIRST_LOCK_FD + index),
        },
        process.argv0,
      ),
      stdio: ['ignore', 'inherit', 'inherit', 'pipe', ...locks],
    });
    const ended = new Promise<void>((resolve) => {
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    });
    const socket = child.stdio[LINK_FD] as Socket;
    const link = new UpgradeLink(socket);
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    return { child, socket, link, ended, hasEnded };
  }

  /** Becomes what the bridge is already. */
  async #follow(bridge: Bridge, given: HandedState): Promise<void> {
    const { log, vrrp, onEnded } = this.#parts;
    const hasStopped = bridge.link.pause().some(({ kind }) => kind === 'stop');
    if (!hasStopped && bridge.hasEnded()) {
      vrrp.thaw();
      this.#goOn(['the new program has ended']);
      return;
    }
    vrrp.retire();
    await this.#parts.closeSides();
    // A signal that is here already is heard.
    await new Promise((resolve) => setImmediate(resolve));
    if (hasStopped || this.#stopLater !== undefined) {
      bridge.link.send({ kind: 'stop' });
      await bridge.ended;
      onEnded('stopped');
      return;
    }
    const control = this.#parts.handDownSocket();
    const memory = createMemoryFile('holdfast-state', packMemory(vrrp.node.model, given));
    const reason = isSysError(memory)
      ? memory
      : this.#becomeHeir({ socket: bridge.socket, memory, control });
    // Still here: the bridge is the daemon from now on, under another process id.
    if (control !== undefined) closeSync(control.fd);
    log.write({ level: 'error', text: `cannot become the new program: ${reason.message}` });
    bridge.link.send({ kind: 'stay' });
    setTimeout(() => onEnded('given'), FAREWELL_MS);
  }

  /** Returns only where that fails. */
  #becomeHeir({ socket, memory, control }: Heritage): SysError {
    const link = descriptorOf(socket);
    const locks = this.#parts.pidFiles.map(({ fd }) => fd);
    const passed = [memory, ...locks, ...(link === undefined ? [] : [link])];
    if (control !== undefined) passed.push(control.fd);
    for (const fd of passed) setInheritance(fd, 'passed-on');
    // The bridge has real-time scheduling and must come first.
    leaveRealtime();
    this.#parts.log.close();
    const { file, args } = programOnDisk();
    const baggage: Baggage = {
      ...{ role: 'heir', locks, memory, settlement: settlementOf(this.#parts.settlement) },
      // Where the bridge has just died, the memory is all there is.
      ...(link !== undefined && { link }),
      ...(control !== undefined && { control }),
      ...(this.#reloadLater !== undefined && { reload: 'wanted' }),
    };
    return replaceProgram({
      file,
      argv: [process.argv0, ...args],
      env: packBaggage(baggage, process.argv0),
    });
  }
}

/** Node does not show it otherwise. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle: { fd: number } | null };
  return handle?.fd;
}

/** The rest of the options stands on the command line. */
function settlementOf({ identity, pidFiles, patternBefore }: Settlement): Settlement {
  return { identity, pidFiles, ...(patternBefore !== undefined && { patternBefore }) };
}

function refused(...reasons: readonly string[]): Refusal {
  return { kind: 'refused', reasons };
}
