/**
 * An upgrade as the running program sees it (docs/adr/0007-upgrade.md): starts the bridge, gives the
 * engine to it, and becomes the new program.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { encodeModel } from '../../config/model/model-codec.ts';
import { createMemoryFile, replaceProgram, setInheritance } from '../../linux/exec.ts';
import type { PidFile } from '../../linux/pid-file.ts';
import { leaveRealtime } from '../../linux/process.ts';
import type { LogSink } from '../../ports/log.ts';
import { isSysError, type SysError } from '../../ports/sys-error.ts';
import { VERSION } from '../version.ts';
import type { VrrpProcess } from '../vrrp-process.ts';
import { type Baggage, packBaggage } from './baggage.ts';
import { giveOver } from './give-over.ts';
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

export type UpgradeOutcome =
  /** Another program serves; this process becomes it in a moment. */
  | { readonly kind: 'handed-over'; readonly version: string }
  /** Everything goes on as before. */
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

export interface UpgraderParts {
  readonly log: LogSink;
  readonly vrrp: VrrpProcess;
  readonly pidFiles: readonly PidFile[];
  /** Closes what the next program opens again: the control socket, child processes. */
  closeSides(): Promise<void>;
  /** Nothing is left to do here; the process may end. */
  onEnded(outcome: 'given' | 'stopped'): void;
}

interface Bridge {
  readonly child: ChildProcess;
  readonly socket: Socket;
  readonly link: UpgradeLink;
  readonly ended: Promise<void>;
}

export class Upgrader {
  readonly #parts: UpgraderParts;
  #phase: 'idle' | 'starting' | 'giving' | 'given' = 'idle';
  #bridge: Bridge | undefined;
  #given: HandedState | undefined;
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
      this.#phase = 'idle';
      const text = `upgrade refused, this program goes on: ${outcome.reasons.join('; ')}`;
      log.write({ level: 'error', text });
      this.#stopLater?.();
      this.#reloadLater?.();
      return outcome;
    }
    log.write({ level: 'notice', text: `holdfast v${outcome.version} serves, following it` });
    this.#phase = 'given';
    setTimeout(() => void this.#follow(), FAREWELL_MS);
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

  async #run(): Promise<UpgradeOutcome> {
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
    const { model } = vrrp.node;
    link.send({
      kind: 'briefing',
      version: VERSION,
      model: encodeModel(model, { secrets: 'revealed' }),
      links: vrrp.openLinks(),
    });
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
      return this.#giveUp(
        'an instance is handing over to another host, or the configuration is changing',
      );
    if (given === 'failed') return refused('the new program did not take over in time');
    this.#given = given;
    return { kind: 'handed-over', version: hello.version };
  }

  async #giveUp(...reasons: readonly string[]): Promise<UpgradeOutcome> {
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
    return { child, socket, link, ended };
  }

  /** Becomes what the bridge is already. */
  async #follow(): Promise<void> {
    const { log, vrrp, onEnded } = this.#parts;
    const bridge = this.#bridge;
    if (bridge === undefined || this.#given === undefined) return;
    if (this.#stopLater !== undefined) {
      bridge.link.send({ kind: 'stop' });
      await bridge.ended;
      onEnded('stopped');
      return;
    }
    vrrp.retire();
    await this.#parts.closeSides();
    const memory = createMemoryFile('holdfast-state', packMemory(vrrp.node.model, this.#given));
    const reason = isSysError(memory) ? memory : this.#becomeHeir(bridge.socket, memory);
    // Still here: the bridge is the daemon from now on, under another process id.
    log.write({ level: 'error', text: `cannot become the new program: ${reason.message}` });
    bridge.link.send({ kind: 'stay' });
    setTimeout(() => onEnded('given'), FAREWELL_MS);
  }

  /** Returns only where that fails. */
  #becomeHeir(socket: Socket, memory: number): SysError {
    const link = descriptorOf(socket);
    const locks = this.#parts.pidFiles.map(({ fd }) => fd);
    for (const fd of [link, memory, ...locks]) setInheritance(fd, 'passed-on');
    // The bridge has real-time scheduling and must come first.
    leaveRealtime();
    this.#parts.log.close();
    const { file, args } = programOnDisk();
    const baggage: Baggage = {
      ...{ role: 'heir', link, locks, memory },
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
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd: number } };
  return handle.fd;
}

function refused(...reasons: readonly string[]): UpgradeOutcome {
  return { kind: 'refused', reasons };
}
