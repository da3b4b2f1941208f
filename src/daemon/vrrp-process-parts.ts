/** What a VRRP process is built of: the ports through which it touches the kernel, and how it talks. */
import type { NodeInput } from '../core/node.ts';
import type { AlarmFactory, Clock } from '../ports/clock.ts';
import type { GuardFactory } from '../ports/firewall.ts';
import type { LogSink } from '../ports/log.ts';
import type { NeighbourWatch } from '../ports/neighbour-watch.ts';
import type { AddressTable, AdvertNetwork, FrameSender, NetworkMonitor } from '../ports/network.ts';
import type { NodeRecorder } from '../ports/node-recorder.ts';
import type { PipeOpener } from '../ports/notification-pipe.ts';
import type { PeerNetwork } from '../ports/peer-network.ts';
import type { ScriptRunner } from '../ports/scripts.ts';
import type { RecordedEvent } from './events/event-text.ts';
import type { EventHistory } from './events/history.ts';
import type { MailSide } from './mail/mail-side.ts';

/** What others than the network tell it. */
export type ToldInput = Extract<
  NodeInput,
  { kind: 'ordered' | 'checkJudged' | 'proxiesReported' | 'proxyLost' }
>;

export interface VrrpProcessParts {
  readonly clock: Clock;
  readonly alarms: AlarmFactory;
  readonly network: AdvertNetwork;
  readonly peers: PeerNetwork;
  readonly table: AddressTable;
  readonly frames: FrameSender;
  readonly watch: NeighbourWatch;
  readonly guards: GuardFactory;
  /** Where pipes are real. */
  readonly openPipe?: PipeOpener;
  /** Of files for other programs; theirs to read where it is absent. */
  readonly umask?: number;
  readonly scripts: ScriptRunner;
  readonly monitor: NetworkMonitor;
  forwardsIpv6(interfaceName: string): boolean;
  readonly log: LogSink;
  /** `detail` is keepalived's -D. */
  readonly verbosity: 'normal' | 'detail';
  /** Where mail is real. */
  readonly mail?: Pick<MailSide, 'configure' | 'instanceChanged'>;
  readonly recorder?: NodeRecorder | undefined;
  /** Goes on from one program to the next. */
  readonly history?: EventHistory | undefined;
  /** Told of every event, after what it is about has been carried out. */
  recorded?(event: RecordedEvent): void;
}
