/** Builds the adapters to this host's kernel and puts the VRRP process on top of them. */
import type { Model } from '../config/model/model.ts';
import { openAddressTable } from '../linux/address-table.ts';
import { createAdvertNetwork } from '../linux/advert-network.ts';
import { createAlarmFactory } from '../linux/alarm.ts';
import { openFdWatcher } from '../linux/fd-watcher.ts';
import { openFirewall } from '../linux/firewall-guard.ts';
import { openFrameSender } from '../linux/frame-sender.ts';
import { createNeighbourWatch } from '../linux/neighbour-watch.ts';
import { openNetworkMonitor } from '../linux/network-monitor.ts';
import { openNotificationPipe } from '../linux/notification-pipe.ts';
import { createPeerNetwork } from '../linux/peer-socket.ts';
import { createScriptRunner } from '../linux/script-runner.ts';
import { forwardsIpv6 } from '../linux/sysctl.ts';
import { startWatchdog } from '../linux/watchdog.ts';
import type { Clock } from '../ports/clock.ts';
import type { FdWatcher } from '../ports/fd-watcher.ts';
import type { LogSink } from '../ports/log.ts';
import type { AddressTable } from '../ports/network.ts';
import type { NodeRecorder } from '../ports/node-recorder.ts';
import { isSysError, type SysError } from '../ports/sys-error.ts';
import { logAddressNews } from './address-news.ts';
import type { EventHistory } from './events/history.ts';
import { MailSide } from './mail/mail-side.ts';
import type { DaemonOptions } from './options.ts';
import { prepareScheduling, scriptGroups, umaskOf } from './prepare-process.ts';
import { EarlyNetwork } from './upgrade/early-network.ts';
import type { Successor } from './upgrade/successor.ts';
import { VrrpProcess } from './vrrp-process.ts';
import { warmUp } from './warm-up.ts';

export interface Composition {
  readonly vrrp: VrrpProcess;
  readonly table: AddressTable;
  readonly watcher: FdWatcher;
  readonly mail: MailSide;
}

/** What is there before the process, and after it. */
export interface Surroundings {
  readonly clock: Clock;
  readonly log: LogSink;
  readonly recorder: NodeRecorder | undefined;
  /** Present where another program acts until this one is ready. */
  readonly successor: Successor | undefined;
}

export async function composeVrrp(
  options: DaemonOptions,
  model: Model,
  { clock, log, history, recorder, successor }: Surroundings & { readonly history: EventHistory },
): Promise<Composition | SysError | 'nothing to take over'> {
  const watcher = await openFdWatcher();
  const table = openAddressTable((reason) =>
    log.write({ level: 'info', text: `one thread adds all IPv6 addresses: ${reason}` }),
  );
  if (isSysError(table)) return table;
  const frames = openFrameSender();
  if (isSysError(frames)) return frames;
  const network = new EarlyNetwork(createAdvertNetwork(watcher), clock);
  const parts = {
    clock,
    alarms: createAlarmFactory(watcher),
    network,
    peers: createPeerNetwork(watcher),
    table,
    frames,
    verbosity: options.verbosity,
  };
  await warmUp(model, parts);
  // The process exists only after the monitor; events come on later turns of the loop.
  let vrrp: VrrpProcess | undefined;
  const monitor = openNetworkMonitor(watcher, {
    renewalPortId: table.renewalPortId,
    additionPortId: table.additionPortId,
    onEvents: (events) => {
      vrrp?.onNetworkEvents(events);
      if (options.addressNews === 'logged' && !isSysError(monitor)) {
        logAddressNews(events, monitor, log);
      }
    },
    onFailure: (error) =>
      log.write({ level: 'error', text: `cannot follow the network: ${error.message}` }),
  });
  if (isSysError(monitor)) return monitor;
  const mail = new MailSide({ log, whenCalm: (act) => vrrp?.whenCalm(act) });
  const create = (of: Model): VrrpProcess => {
    vrrp = new VrrpProcess(of, {
      ...parts,
      monitor,
      watch: createNeighbourWatch(watcher),
      guards: {
        openFirewall: () => openFirewall(options.pidFiles[0] ?? '', { clock }),
        startWatchdog: (name) => startWatchdog({ name, log }),
      },
      openPipe: openNotificationPipe,
      mail,
      umask: umaskOf(options, model),
      scripts: createScriptRunner(watcher, () => scriptGroups((vrrp?.node.model ?? of).global)),
      forwardsIpv6: (name) => forwardsIpv6(name) === 'forwards',
      log,
      recorder,
      history,
      recorded: (event) => history.add(event),
    });
    return vrrp;
  };
  if (successor === undefined) return { vrrp: create(model), table, watcher, mail };
  prepareScheduling(model, log);
  const continued = await successor.takeOver({ clock, log, network }, create);
  return continued === undefined
    ? 'nothing to take over'
    : { vrrp: continued, table, watcher, mail };
}
