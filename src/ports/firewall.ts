import type { IpAddress } from '../base/ip.ts';
import type { Micros } from '../base/time.ts';
import type { SysError } from './sys-error.ts';

/**
 * Rules that keep packets away from addresses of ours, and addresses of ours off the wire, unless the
 * daemon has said within `validity` that it lives. Each validity has addresses of its own.
 */
export interface Firewall {
  /** What its tables are called. */
  readonly name: string;
  /** Makes what is needed for this validity, so that taking over does not have to. */
  prepare(validity: Micros): SysError | undefined;
  /** Others are needed no more; they may stay for a while. */
  retain(validities: ReadonlySet<Micros>): SysError | undefined;
  /** Says that the daemon lives. What this needs in the kernel is made where it is missing. */
  renew(validity: Micros): SysError | undefined;
  /** The kernel drops what concerns them whenever `renew` stays away. */
  cover(validity: Micros, addresses: readonly IpAddress[]): SysError | undefined;
  uncover(validity: Micros, addresses: readonly IpAddress[]): SysError | undefined;
  /** Takes all rules out of the kernel again. */
  close(): SysError | undefined;
}

export interface GuardFactory {
  openFirewall(): Firewall | SysError;
  /** With the name of the tables that it is to remove. */
  startWatchdog(name: string): Watchdog;
}

/** Looks after what the kernel does not remove by itself when the daemon has died or hangs. */
export interface Watchdog {
  /** What it is to remove, by the interface's index. */
  note(change: {
    readonly kind: 'hold' | 'release';
    readonly interfaceIndex: number;
    readonly address: IpAddress;
    readonly prefixLength: number;
  }): void;
  /** The daemon lives, and may be taken for dead when it says so no more for `validity`. */
  beat(validity: Micros): void;
  /** The daemon ends in order: nothing is to be removed. */
  close(): void;
}
