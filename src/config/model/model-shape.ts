/**
 * The model as JSON must have it, which other versions write and read: a field that comes after a release
 * is `added`, so that the model of the version before is still understood.
 */
import { ok } from '../../base/result.ts';
import { Secret } from '../../base/secret.ts';
import {
  duration,
  flag,
  integer,
  ipAddress,
  list,
  misfit,
  object,
  oneOf,
  optional,
  period,
  type Shape,
  text,
  variants,
  word,
} from '../../base/shape.ts';
import type { DumpSettings } from './dump-settings.ts';
import type { MailLogin, MailSettings } from './mail.ts';
import type { CheckerModel, GlobalModel, Model } from './model.ts';
import type { NotificationPipe, NotificationPipes } from './notification-pipes.ts';
import { processShape } from './process.ts';
import type { SyncGroupModel } from './sync-group.ts';
import type {
  AnnouncementPolicy,
  NotifyScripts,
  ScriptCommand,
  TrackedProxy,
  Tracking,
  UnicastPeer,
  VirtualAddress,
  VrrpAuthentication,
  VrrpInstanceModel,
  VrrpScriptModel,
  VrrpTransport,
} from './vrrp.ts';

const secretForm = object<{ readonly secret: string }>({ secret: text });

const secret: Shape<Secret> = (json) => {
  const read = secretForm(json);
  return read.ok ? ok(new Secret(read.value.secret)) : misfit('expected a secret');
};

const onOff = word<'on' | 'off'>({ on: true, off: true });

const someWords: Shape<readonly string[]> = (json) => {
  const read = list(text)(json);
  return read.ok && read.value.length === 0 ? misfit('expected at least one word') : read;
};

const command = object<ScriptCommand>({
  argv: someWords,
  user: optional(text),
  group: optional(text),
});

const notify = object<NotifyScripts>({
  master: optional(command),
  backup: optional(command),
  fault: optional(command),
  stop: optional(command),
  deleted: optional(command),
  masterRxLowerPriority: optional(command),
  any: optional(command),
});

const pipe = object<NotificationPipe>({
  path: text,
  user: optional(text),
  group: optional(text),
  reader: optional(command),
});

const pipes = object<NotificationPipes>({
  all: optional(pipe),
  vrrp: optional(pipe),
  balancing: optional(pipe),
  statesOnReload: flag,
});

const dumps = object<DumpSettings>({
  jsonVersion: oneOf(1, 2),
  names: word({ plain: true, 'with-instance': true }),
  stateFile: optional(text),
  saveDirectory: optional(text),
});

const mail = object<MailSettings>({
  to: list(text),
  from: optional(text),
  server: object({ host: text, port: integer }),
  heloName: optional(text),
  connectTimeout: duration,
  tls: word({ off: true, starttls: true, tls: true }),
  login: optional(object<MailLogin>({ user: text, password: secret })),
  faults: word({ sent: true, 'left-out': true }),
  servers: word({ sent: true, 'left-out': true }),
});

const global = object<GlobalModel>({
  routerId: optional(text),
  processName: optional(text),
  dynamicInterfaces: flag,
  startupDelay: duration,
  delayAfterBoot: duration,
  logUnknownVrids: flag,
  scriptSecurity: word({ enforced: true, off: true }),
  realtimePriority: optional(integer),
  nice: optional(integer),
  cpuAffinity: optional(list(integer)),
  realtimeLimit: optional(duration),
  startupScript: optional(command),
  shutdownScript: optional(command),
  umask: optional(integer),
  netlinkMonitorBuffer: optional(integer),
  deadMan: onOff,
  peerKey: optional(secret),
  controlSocket: optional(text),
  controlGroup: optional(text),
  httpSocket: optional(text),
  metricsListen: optional(object({ address: ipAddress, port: integer })),
  eventsFile: optional(text),
  process: optional(processShape),
  pipes: optional(pipes),
  dumps: optional(dumps),
  mail: optional(mail),
});

const virtualAddress = object<VirtualAddress>({
  address: ipAddress,
  prefixLength: integer,
  interface: optional(text),
  label: optional(text),
  scope: integer,
  broadcast: optional(ipAddress),
  peer: optional(ipAddress),
  preferredLifetimeSeconds: optional(integer),
  home: optional(flag),
  manageTempAddress: optional(flag),
  noPrefixRoute: optional(flag),
  autoJoin: optional(flag),
  duplicateAddressDetection: optional(flag),
  noTrack: optional(flag),
});

const transport = variants<VrrpTransport>({
  multicast: { group: ipAddress },
  unicast: {
    peers: list(
      object<UnicastPeer>({
        address: ipAddress,
        minTtl: optional(integer),
        maxTtl: optional(integer),
      }),
    ),
    ttl: integer,
    checkSource: flag,
  },
});

const authentication = variants<VrrpAuthentication>({ none: {}, simple: { password: secret } });

const announcements = object<AnnouncementPolicy>({
  repeat: integer,
  delay: duration,
  refresh: duration,
  refreshRepeat: integer,
  lowerPriorityRepeat: integer,
  lowerPriorityDelay: duration,
  arpInterval: duration,
  naInterval: duration,
});

const tracking = object<Tracking>({
  name: text,
  weight: integer,
  sense: word({ normal: true, reverse: true }),
});

const trackedProxy = object<TrackedProxy>({
  name: text,
  weight: integer,
  sense: word({ normal: true, reverse: true }),
  proxy: text,
  min: integer,
});

const instance = object<VrrpInstanceModel>({
  name: text,
  family: oneOf(4, 6),
  interface: text,
  version: oneOf(2, 3),
  vrid: integer,
  priority: integer,
  initialState: word({ master: true, backup: true }),
  advertInterval: period,
  downTimerAdverts: integer,
  preempt: word({ preempt: true, nopreempt: true }),
  preemptDelay: duration,
  strict: flag,
  transport,
  source: optional(ipAddress),
  trackSource: flag,
  trackInterface: flag,
  authentication,
  checksum: word({ detect: true, 'pseudo-header': true, 'old-unicast': true, plain: true }),
  skipCheckAdvertAddresses: flag,
  lowerPriorityNoAdvert: flag,
  higherPrioritySendAdvert: flag,
  ownerIgnoreAdverts: flag,
  addresses: list(virtualAddress),
  excludedAddresses: list(virtualAddress),
  announcements,
  trackedInterfaces: list(tracking),
  trackedScripts: list(tracking),
  trackedChecks: list(tracking),
  trackedProxies: optional(list(trackedProxy)),
  syncGroup: optional(text),
  notify,
  tellsPriorityChanges: optional(flag),
  deletionIsTold: optional(word({ deleted: true })),
  isMailed: optional(flag),
  plannedHandover: onOff,
  fastTakeover: onOff,
  peerKey: optional(word({ missing: true })),
  onAddressLoss: word({ restore: true, reelect: true, 'reelect-at-once': true }),
});

const script = object<VrrpScriptModel>({
  name: text,
  command,
  interval: period,
  timeout: duration,
  rise: integer,
  fall: integer,
  initialResult: word({ unknown: true, failed: true }),
});

const syncGroup = object<SyncGroupModel>({
  ...{ name: text, members: list(text), notify },
  weights: word({ counted: true, ignored: true }),
});

export const instanceShape: Shape<VrrpInstanceModel> = instance;

export const modelShape: Shape<Model> = object<Model>({
  global,
  scripts: list(script),
  instances: list(instance),
  checker: optional(object<CheckerModel>({ follows: optional(text) })),
  syncGroups: optional(list(syncGroup)),
});
