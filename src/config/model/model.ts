import type { IpAddress } from '../../base/ip.ts';
import type { Secret } from '../../base/secret.ts';
import type { Micros } from '../../base/time.ts';
import type { DumpSettings } from './dump-settings.ts';
import type { MailSettings } from './mail.ts';
import type { NotificationPipes } from './notification-pipes.ts';
import type { ProcessModel } from './process.ts';
import type { SyncGroupModel } from './sync-group.ts';
import type { ScriptCommand, VrrpInstanceModel, VrrpScriptModel } from './vrrp.ts';

/** All that a configuration says, whichever language it was written in. */
export interface Model {
  readonly global: GlobalModel;
  readonly scripts: readonly VrrpScriptModel[];
  readonly instances: readonly VrrpInstanceModel[];
  /** Where there is something to check or to balance: a checker process is needed (ADR 0008). */
  readonly checker?: CheckerModel;
  /** Not acted upon yet. */
  readonly syncGroups?: readonly SyncGroupModel[];
}

export interface CheckerModel {
  /** The instance by whose state it synchronises connections with other directors. */
  readonly follows?: string;
}

export interface GlobalModel {
  /** Names this host in mails and SNMP; the host name where absent. */
  readonly routerId?: string;
  readonly processName?: string;
  /** Interfaces may be missing at start. */
  readonly dynamicInterfaces: boolean;
  /** Nothing is sent or heard before this time after start has passed. */
  readonly startupDelay: Micros;
  /** The same, counted from the boot of the host. */
  readonly delayAfterBoot: Micros;
  readonly logUnknownVrids: boolean;
  /** Refuse scripts that a user other than root could change. */
  readonly scriptSecurity: 'enforced' | 'off';
  /** Real-time priority asked for, 1..99; holdfast's default (50) where absent. */
  readonly realtimePriority?: number;
  /** Nice value, -20..19. */
  readonly nice?: number;
  /** Processors the VRRP process may run on; all where absent. */
  readonly cpuAffinity?: readonly number[];
  /** RLIMIT_RTTIME in microseconds. */
  readonly realtimeLimit?: Micros;
  readonly startupScript?: ScriptCommand;
  readonly shutdownScript?: ScriptCommand;
  /** Octal umask of files that the daemon creates. */
  readonly umask?: number;
  /** SO_RCVBUF of the rtnetlink sockets in bytes. */
  readonly netlinkMonitorBuffer?: number;
  /** Whether the kernel takes the addresses away from a daemon that hangs or was killed (ADR 0004). */
  readonly deadMan: 'on' | 'off';
  /** Authenticates what holdfasts of a group say to each other (ADR 0005); nothing is said without. */
  readonly peerKey?: Secret;
  /** Path of the control socket; beside the pid file where absent. */
  readonly controlSocket?: string | 'off';
  /** Group that may connect to it besides root. */
  readonly controlGroup?: string;
  /** Where the control child answers HTTP over a Unix socket. */
  readonly httpSocket?: string;
  /** Where the control child serves metrics. */
  readonly metricsListen?: { readonly address: IpAddress; readonly port: number };
  /** Events are appended there as JSON, one a line. */
  readonly eventsFile?: string;
  /** Absent where nothing is said about it. */
  readonly process?: ProcessModel;
  /** Absent where no pipe is configured. */
  readonly pipes?: NotificationPipes;
  /** Absent where everything is as usual. */
  readonly dumps?: DumpSettings;
  /** Absent where no mail can be sent. */
  readonly mail?: MailSettings;
}

export function findInstance(model: Model, name: string): VrrpInstanceModel | undefined {
  return model.instances.find((instance) => instance.name === name);
}
