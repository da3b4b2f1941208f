import type { ScriptCommand } from './vrrp.ts';

/** A FIFO into which changes of state are written, one line each. */
export interface NotificationPipe {
  readonly path: string;
  /** Whose it is; the daemon's own where absent. */
  readonly user?: string;
  readonly group?: string;
  /** Runs for as long as the daemon does; gets the path behind its own arguments. */
  readonly reader?: ScriptCommand;
}

/** Where and of what programs are told by way of FIFOs. */
export interface NotificationPipes {
  /** `notify_fifo`: also virtual servers, where there are any. */
  readonly all?: NotificationPipe;
  /** `vrrp_notify_fifo`. */
  readonly vrrp?: NotificationPipe;
  /** `lvs_notify_fifo`. */
  readonly balancing?: NotificationPipe;
  /** All states once more after every reload. */
  readonly statesOnReload: boolean;
}

/** Those that the VRRP process writes to. */
export function vrrpPipes(pipes: NotificationPipes | undefined): readonly NotificationPipe[] {
  return [pipes?.all, pipes?.vrrp].filter((pipe) => pipe !== undefined);
}

/** Those that the checker process writes to; whoever reads the common one is started once. */
export function balancingPipes(pipes: NotificationPipes | undefined): readonly NotificationPipe[] {
  const { reader: _theirs, ...all } = pipes?.all ?? {};
  return [all, pipes?.balancing].filter(isPipe);
}

function isPipe(pipe: Partial<NotificationPipe> | undefined): pipe is NotificationPipe {
  return pipe?.path !== undefined;
}

/** The same pipes with other readers; without where there is none. */
export function mapReaders(
  { all, vrrp, balancing, statesOnReload }: NotificationPipes,
  change: (reader: ScriptCommand, keyword: string) => ScriptCommand | undefined,
): NotificationPipes {
  const map = ({ reader, ...pipe }: NotificationPipe, keyword: string): NotificationPipe => {
    const changed = reader && change(reader, keyword);
    return changed === undefined ? pipe : { ...pipe, reader: changed };
  };
  return {
    ...(all !== undefined && { all: map(all, 'notify_fifo_script') }),
    ...(vrrp !== undefined && { vrrp: map(vrrp, 'vrrp_notify_fifo_script') }),
    ...(balancing !== undefined && { balancing: map(balancing, 'lvs_notify_fifo_script') }),
    statesOnReload,
  };
}
