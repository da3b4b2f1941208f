/** Inputs of the node as JSON must have them. */
import {
  flag,
  instant,
  integer,
  ipAddress,
  list,
  macAddress,
  object,
  oneOf,
  optional,
  orUndefined,
  type Shape,
  text,
  variants,
  word,
} from '../../base/shape.ts';
import { modelShape } from '../../config/model/model-shape.ts';
import type { PeerEcho, PeerResignation, ReceivedPeerMessage } from '../../wire/peer-types.ts';
import type { ReceivedAdvert } from '../../wire/vrrp-types.ts';
import type { NodeInput } from '../node-types.ts';
import type { ProxyFacts, ServerCounts } from '../track/proxies.ts';
import type { LinkState, OperatorOrder } from '../vrrp/types.ts';

const advert = object<ReceivedAdvert>({
  source: ipAddress,
  destination: ipAddress,
  ttl: orUndefined(integer),
  version: integer,
  type: integer,
  vrid: integer,
  priority: integer,
  addressCount: integer,
  addresses: list(ipAddress),
  authType: integer,
  authData: text,
  advertInterval: instant,
  length: word({ right: true, wrong: true }),
  checksum: object({ plain: flag, pseudoHeader: flag, groupPseudoHeader: flag }),
});

const peerMessage = object<ReceivedPeerMessage>({
  family: oneOf(4, 6),
  vrid: integer,
  sender: ipAddress,
  session: text,
  counter: integer,
  state: word({ init: true, backup: true, master: true, fault: true, drained: true }),
  priority: integer,
  preempts: word({ yes: true, no: true }),
  heard: list(object<PeerEcho>({ peer: ipAddress, session: text, counter: integer })),
  alternates: list(ipAddress),
  resignation: optional(
    object<PeerResignation>({
      why: word({ stopping: true, lowered: true }),
      successor: ipAddress,
    }),
  ),
  provenSince: orUndefined(instant),
});

const linkState = word<LinkState>({ up: true, down: true, missing: true });
const pace = word({ planned: true, 'at-once': true });

const order = variants<OperatorOrder>({
  handover: {},
  drain: {},
  undrain: {},
  priority: { priority: orUndefined(integer) },
});

const proxyFacts = object<ProxyFacts>({
  proxy: text,
  front: optional(word({ open: true, closed: true })),
  servers: optional(object<ServerCounts>({ all: integer, up: integer, unjudged: integer })),
});

export const inputShape: Shape<NodeInput> = variants<NodeInput>({
  start: { listenFrom: instant },
  advertReceived: {
    interface: text,
    family: oneOf(4, 6),
    advert,
    heardAt: optional(instant),
    times: optional(integer),
  },
  advertUndecodable: {
    interface: text,
    reason: word({
      'truncated-ip-header': true,
      'not-vrrp': true,
      fragment: true,
      truncated: true,
    }),
  },
  linkChanged: { interface: text, state: linkState },
  addressesChanged: { interface: text, addresses: list(ipAddress) },
  addressLost: { instance: text, address: ipAddress },
  checkJudged: { check: text, verdict: word({ up: true, down: true }), detail: text },
  proxiesReported: { proxies: list(proxyFacts) },
  proxyLost: { detail: text },
  scriptExited: { script: text, result: word({ success: true, failure: true }), detail: text },
  reconfigured: { model: modelShape },
  addressClaimed: { interface: text, address: ipAddress, mac: macAddress },
  listenerSeen: { interface: text, group: ipAddress, from: ipAddress },
  peerMessageReceived: { instance: text, message: peerMessage },
  synced: {
    ...{ instance: text, group: text, after: text },
    to: word({ master: true, backup: true }),
  },
  ordered: { instance: orUndefined(text), order },
  stopRequested: { pace },
});
