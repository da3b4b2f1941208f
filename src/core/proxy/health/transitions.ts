/**
 * What a server is, and what follows when that changes: counters, the backend's last server, sessions
 * that must end, and the servers that track it, which go the same way.
 */
import { addMicros, type Micros, micros } from '../../../base/time.ts';
import type { DueQueue } from '../../due-queue.ts';
import type { Sink } from '../../machine.ts';
import type { LiveServer } from '../live.ts';
import {
  isInDrain,
  isInMaintenance,
  isWell,
  type Routine,
  type ServerWatch,
} from './server-watch.ts';
import { slowStartStep, throttleAt } from './slow-start.ts';
import type { Tally } from './tally.ts';
import type { Cause, HealthEffect, ServerEvent } from './types.ts';

/** When, and where effects go. */
export interface Turn {
  readonly now: Micros;
  readonly out: Sink<HealthEffect>;
}

type MaintenanceReason = 'maint' | 'inherited-maint' | 'name';
type DrainReason = 'drain' | 'inherited-drain';

export class Transitions {
  readonly #tally: Tally;
  readonly #due: DueQueue<Routine>;

  constructor(tally: Tally, due: DueQueue<Routine>) {
    this.#tally = tally;
    this.#due = due;
  }

  goDown(turn: Turn, watch: ServerWatch, cause: Cause): void {
    const { health } = watch;
    if (isInMaintenance(health) || health.operational === 'stopped') return;
    const was = spared(watch);
    this.#stop(turn, watch);
    this.#tell(turn, watch, { kind: 'down', was }, cause);
    this.#endSessions(turn, watch);
    this.#tellDrain(turn, watch, cause);
    for (const follower of watch.followers) this.goDown(turn, follower, trackedCause(watch));
  }

  /** No new traffic, but what is bound to it. Of one that is up. */
  goStopping(turn: Turn, watch: ServerWatch, cause: Cause): void {
    const { health } = watch;
    if (isInMaintenance(health)) return;
    if (health.operational === 'stopped' || health.operational === 'stopping') return;
    touch(turn, watch);
    this.#cool(watch);
    health.operational = 'stopping';
    this.#tell(turn, watch, { kind: 'stopping' }, cause);
    this.#tellDrain(turn, watch, cause);
    for (const follower of watch.followers) this.goStopping(turn, follower, trackedCause(watch));
  }

  goUp(turn: Turn, watch: ServerWatch, cause: Cause): void {
    const { health } = watch;
    if (isInMaintenance(health)) return;
    if (health.operational === 'running' || health.operational === 'starting') return;
    this.#run(turn, watch);
    this.#tell(turn, watch, { kind: 'up' }, cause);
    this.#endBackups(turn, watch);
    this.#tellDrain(turn, watch, cause);
    for (const follower of watch.followers) this.goUp(turn, follower, trackedCause(watch));
  }

  enterMaintenance(turn: Turn, watch: ServerWatch, reason: MaintenanceReason, cause: Cause): void {
    const { health } = watch;
    const isNew = !isInMaintenance(health);
    health.admin.add(reason);
    if (!isNew) return;
    const was = health.operational === 'stopped' ? 'down' : spared(watch);
    if (was !== 'down') this.#stop(turn, watch);
    this.#abandon(turn, watch);
    this.#tell(turn, watch, { kind: 'enters-maintenance', was }, cause);
    if (was !== 'down') this.#endSessions(turn, watch);
    for (const follower of watch.followers)
      this.enterMaintenance(turn, follower, 'inherited-maint', trackedCause(watch));
  }

  leaveMaintenance(turn: Turn, watch: ServerWatch, reason: MaintenanceReason, cause: Cause): void {
    const { health } = watch;
    const reasons = reason === 'maint' ? (['maint', 'config-maint'] as const) : [reason];
    const removed = reasons.filter((each) => health.admin.delete(each));
    if (removed.length === 0) return;
    if (isInMaintenance(health)) {
      const { leader } = watch;
      const why = leader === undefined ? cause : trackedCause(leader);
      const of = health.admin.has('inherited-maint') ? 'inherited' : 'own';
      this.#tell(turn, watch, { kind: 'remains-in-maintenance', of }, why);
      return;
    }
    this.#beginAnew(turn, watch);
    this.#tell(
      turn,
      watch,
      {
        kind: 'leaves-maintenance',
        of: reason === 'maint' ? 'forced' : reason === 'name' ? 'name' : 'inherited',
        to: upOrDown(watch),
        into: isInDrain(health) ? 'drain' : 'ready',
      },
      cause,
    );
    if (health.operational !== 'stopped') this.#endBackups(turn, watch);
    this.#tellDrain(turn, watch, cause);
    for (const follower of watch.followers) {
      // What it inherits instead has to be there before people read of it.
      if (isInDrain(health)) follower.health.admin.add('inherited-drain');
      else follower.health.admin.delete('inherited-drain');
      this.leaveMaintenance(turn, follower, 'inherited-maint', trackedCause(watch));
    }
  }

  enterDrain(turn: Turn, watch: ServerWatch, reason: DrainReason, cause: Cause): void {
    const { health } = watch;
    const isNew = !isInDrain(health);
    if (health.admin.has(reason)) return;
    health.admin.add(reason);
    if (isInMaintenance(health)) return;
    if (isNew) {
      touch(turn, watch);
      this.#cool(watch);
      this.#tell(turn, watch, { kind: 'enters-drain', is: upOrDown(watch) }, cause);
    } else if (reason === 'inherited-drain') {
      this.#tellDrain(turn, watch, cause);
    }
    for (const follower of watch.followers)
      this.enterDrain(turn, follower, 'inherited-drain', trackedCause(watch));
  }

  leaveDrain(turn: Turn, watch: ServerWatch, reason: DrainReason, cause: Cause): void {
    const { health } = watch;
    if (!health.admin.delete(reason) || isInMaintenance(health)) return;
    if (isInDrain(health)) {
      this.#tellDrain(turn, watch, cause);
      return;
    }
    if (health.operational === 'running') this.#run(turn, watch);
    else touch(turn, watch);
    this.#tell(turn, watch, { kind: 'leaves-drain', is: upOrDown(watch) }, cause);
    for (const follower of watch.followers)
      this.leaveDrain(turn, follower, 'inherited-drain', trackedCause(watch));
  }

  /** The next step of a slow start is due. */
  warmUp(turn: Turn, watch: ServerWatch): void {
    const { server, health } = watch;
    if (health.operational !== 'starting') {
      this.#due.set(watch.warmUp, undefined);
      return;
    }
    health.throttle = throttleAt(server, turn.now);
    if (health.throttle < 100) {
      this.#due.set(watch.warmUp, nextStep(turn, server));
      turn.out.push({ kind: 'weightChanged', server });
      return;
    }
    this.#cool(watch);
    turn.out.push({ kind: 'weightChanged', server });
    this.#tell(turn, watch, { kind: 'up' }, { kind: 'warmed-up' });
  }

  /** Its weight is another one. */
  weighAnew(turn: Turn, watch: ServerWatch): void {
    const { server, health } = watch;
    if (health.operational === 'starting') health.throttle = throttleAt(server, turn.now);
    turn.out.push({ kind: 'weightChanged', server });
    this.#count(turn, server);
  }

  /** As after a start: its first check decides. A server that tracks has what its leader has. */
  #beginAnew(turn: Turn, watch: ServerWatch): void {
    const { health, leader, server } = watch;
    if (leader !== undefined) {
      const { operational } = leader.health;
      if (operational === 'running' || operational === 'starting') this.#run(turn, watch);
      else {
        touch(turn, watch);
        health.operational = operational;
      }
      return;
    }
    health.health = initialHealth(server);
    if (isWell(health)) this.#run(turn, watch);
    else touch(turn, watch);
  }

  #run(turn: Turn, watch: ServerWatch): void {
    const { health, server } = watch;
    touch(turn, watch);
    health.operational = 'running';
    const slowstart = server.config.slowstart ?? 0;
    if (slowstart === 0 || isInDrain(health)) return;
    health.operational = 'starting';
    health.throttle = throttleAt(server, turn.now);
    this.#due.set(watch.warmUp, nextStep(turn, server));
  }

  #stop(turn: Turn, watch: ServerWatch): void {
    touch(turn, watch);
    this.#cool(watch);
    watch.health.operational = 'stopped';
    watch.health.downs++;
  }

  /** No slow start, or no longer. */
  #cool(watch: ServerWatch): void {
    const { health } = watch;
    if (health.operational === 'starting') health.operational = 'running';
    health.throttle = 100;
    this.#due.set(watch.warmUp, undefined);
  }

  #abandon({ out }: Turn, { check, server, health }: ServerWatch): void {
    if (check.phase !== 'asked') return;
    check.phase = 'waiting';
    health.isChecking = false;
    out.push({ kind: 'abandon', server, what: 'check' });
  }

  #tellDrain(turn: Turn, watch: ServerWatch, cause: Cause): void {
    const { health, leader } = watch;
    if (!isInDrain(health)) return;
    const of = health.admin.has('drain') ? 'forced' : 'inherited';
    const why = leader === undefined ? cause : trackedCause(leader);
    this.#tell(turn, watch, { kind: 'remains-in-drain', of }, why);
  }

  #tell(turn: Turn, { server }: ServerWatch, event: ServerEvent, cause: Cause): void {
    const turned = this.#tally.update(turn.now, server);
    const { active, backup } = this.#tally.of(server.proxy);
    turn.out.push({ kind: 'changed', change: { server, event, cause, active, backup } });
    if (turned !== undefined)
      turn.out.push({ kind: 'backendChanged', proxy: server.proxy, to: turned });
  }

  #count(turn: Turn, server: LiveServer): void {
    const turned = this.#tally.update(turn.now, server);
    if (turned !== undefined)
      turn.out.push({ kind: 'backendChanged', proxy: server.proxy, to: turned });
  }

  #endSessions({ out }: Turn, { server }: ServerWatch): void {
    if (server.config.onMarkedDown !== 'shutdown-sessions') return;
    out.push({ kind: 'shutdownSessions', server, because: 'down' });
  }

  #endBackups({ out }: Turn, { server }: ServerWatch): void {
    const { config, userWeight, proxy } = server;
    if (config.onMarkedUp !== 'shutdown-backup-sessions') return;
    if (config.backup || userWeight === 0) return;
    for (const other of proxy.back?.servers ?? [])
      if (other.config.backup)
        out.push({ kind: 'shutdownSessions', server: other, because: 'better' });
  }
}

/** Whoever is not checked is up. */
export function initialHealth({ config, health: { rise, fall } }: LiveServer): number {
  if (config.check === undefined) return rise;
  return { 'fully-up': rise + fall - 1, up: rise, down: rise - 1, 'fully-down': 0 }[
    config.initState
  ];
}

function touch({ now }: Turn, { health }: ServerWatch): void {
  if (health.operational === 'stopped')
    health.downtime = addMicros(health.downtime, micros(now - health.lastChange));
  health.lastChange = now;
}

function spared({ health }: ServerWatch): 'serving' | 'spared' {
  return health.operational === 'stopping' || isInDrain(health) ? 'spared' : 'serving';
}

function upOrDown({ health }: ServerWatch): 'up' | 'down' {
  return health.operational === 'stopped' ? 'down' : 'up';
}

function trackedCause({ server }: ServerWatch): Cause {
  return { kind: 'tracked', leader: server };
}

function nextStep({ now }: Turn, { config }: LiveServer): Micros {
  return addMicros(now, slowStartStep(config.slowstart ?? (0 as Micros)));
}
