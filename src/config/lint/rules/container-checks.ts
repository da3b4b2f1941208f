/** What is found about containers of keepalived. */
import { nearestWord } from '../../../base/edit-distance.ts';
import { ARCTS_VARIABLES } from '../../environment/arcts-variables.ts';
import { OSIXIA_VARIABLES } from '../../environment/osixia-variables.ts';
import { nearMisses } from '../../environment/variable.ts';
import { grep, piecesOf } from '../lines.ts';
import { sharesNetwork } from '../routers.ts';
import type { Container, Found, Subject, Variable } from '../types.ts';

function envOf({ env }: Container, name: string): Variable | undefined {
  return env.find((each) => each.name === name);
}

function isClassic({ image }: Container): boolean {
  return /osixia\/(?:docker-)?keepalived$/.test(image);
}

function isArcts({ image }: Container): boolean {
  return /arcts\/keepalived$/.test(image);
}

function runsKeepalived({ image }: Container): boolean {
  return /keepalived/.test(image);
}

/** It writes keepalived.conf from its variables. */
function isConfigured(container: Container): boolean {
  return container.mounts.every((mount) => !/keepalived\.conf/.test(mount));
}

type Judge = (
  container: Container,
) => (Omit<Found, 'at'> & { readonly at?: Found['at'] }) | undefined;

export const each = (judge: Judge) =>
  function* ({ containers }: Subject): Generator<Found> {
    for (const container of containers) {
      const found = runsKeepalived(container) ? judge(container) : undefined;
      if (found !== undefined) yield { at: container.at, ...found };
    }
  };

export const mountedCopy: Judge = ({ args, mounts }) =>
  args.includes('--copy-service') && mounts.some((mount) => /\/assets\//.test(mount))
    ? {
        message:
          'with --copy-service the file is copied once: a restart ignores later changes of it',
        hint: 'mount it on /usr/local/etc/keepalived/keepalived.conf',
      }
    : undefined;

export const strangeAddresses: Judge = (container) =>
  isClassic(container) && !isConfigured(container) && !envOf(container, 'KEEPALIVED_VIRTUAL_IPS')
    ? {
        message:
          'at each start and stop this image takes 192.168.1.231 and .232 away from the host',
        hint: 'set KEEPALIVED_VIRTUAL_IPS to the real address',
      }
    : undefined;

export const defaultInterface: Judge = (container) =>
  (isClassic(container) || isArcts(container)) &&
  isConfigured(container) &&
  !envOf(container, 'KEEPALIVED_INTERFACE')
    ? {
        message:
          'KEEPALIVED_INTERFACE is not set: eth0 is taken, and on a host without eth0 keepalived ends',
        hint: 'set it on each host',
      }
    : undefined;

export const defaultPassword: Judge = (container) => {
  const name = isClassic(container) ? 'KEEPALIVED_PASSWORD' : 'KEEPALIVED_AUTH_PASS';
  if (!isClassic(container) && !isArcts(container)) return undefined;
  if (!isConfigured(container) || envOf(container, name)) return undefined;
  const more =
    isClassic(container) && !envOf(container, 'KEEPALIVED_ROUTER_ID') ? ' and VRID 51' : '';
  return {
    message: `${name} is not set: everybody who uses this image has the same password${more}`,
    hint: `set ${name}${more === '' ? '' : ' and KEEPALIVED_ROUTER_ID'}`,
  };
};

export const unchecked: Judge = (container) =>
  (isClassic(container) || isArcts(container)) &&
  isConfigured(container) &&
  envOf(container, 'KEEPALIVED_KUBE_APISERVER_CHECK')?.value !== 'true'
    ? {
        message: 'nothing checks the service: when only its container dies the address stays here',
        hint: 'a keepalived.conf of your own with track_script',
      }
    : undefined;

function olderThan(tag: string, than: readonly [number, number, number]): boolean {
  const [, ...parts] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(tag) ?? [];
  if (parts.length < 3) return false;
  const index = than.findIndex((part, at) => Number(parts[at]) !== part);
  return index !== -1 && Number(parts[index]) < (than[index] ?? 0);
}

export const oldImage: Judge = ({ tag }) =>
  olderThan(tag, [2, 0, 20])
    ? {
        message: `keepalived ${tag} is old: after a power cut a stale pid file, and crashes, keep it from starting`,
        hint: 'a release of today',
      }
    : undefined;

export const unpinned: Judge = ({ image, tag }) =>
  tag === '' || tag === 'latest'
    ? {
        message: `${image} without a release: tomorrow another one may start`,
        hint: 'name the release',
      }
    : undefined;

export const privileged: Judge = ({ isPrivileged }) =>
  isPrivileged
    ? { message: 'privileged: keepalived needs only NET_ADMIN, NET_RAW and NET_BROADCAST' }
    : undefined;

export const noCapability: Judge = ({ isPrivileged, capabilities, text }) =>
  isPrivileged || /NET_ADMIN|\bALL\b/.test([...capabilities, text].join(' '))
    ? undefined
    : { message: 'without NET_ADMIN it cannot set addresses', hint: '--cap-add=NET_ADMIN' };

export const noHostNetwork: Judge = ({ network, from }) =>
  network === 'host'
    ? undefined
    : {
        message: 'without the network of the host the address is set inside the container',
        hint: from === 'pod' ? 'hostNetwork: true' : '--net=host, or network_mode: host',
      };

export const classicList: Judge = (container) => {
  const list = container.env.find(({ value }) => /^["']?#(?:PYTHON|JSON)2BASH:/.test(value));
  if (list === undefined || !isClassic(container)) return undefined;
  const hint = 'there: words with blanks between them';
  return olderThan(container.tag, [2, 3, 4])
    ? {
        at: list.at,
        severity: 'info',
        message: `${list.name}: releases from 2.3.4 on take #PYTHON2BASH: literally, as an address`,
        hint,
      }
    : {
        at: list.at,
        message: `${list.name}: this release takes #PYTHON2BASH: literally, as an address`,
        hint,
      };
};

/** Its start-up script edits the file in its place, which a mounted one does not let happen. */
export const mountInPlace: Judge = (container) => {
  const { mounts, args, text } = container;
  const mount = mounts.find((each) => /:\/container\/service\/keepalived\/assets\//.test(each));
  if (mount === undefined || !isClassic(container) || !olderThan(container.tag, [2, 3, 4]))
    return undefined;
  if (args.includes('--copy-service') || text.includes('--copy-service')) return undefined;
  return {
    message: 'a file mounted over the image’s own cannot be edited at the start: “Resource busy”',
    hint: '--copy-service, or mount it on /usr/local/etc/keepalived/keepalived.conf',
  };
};

export function* misspeltVariables({ containers }: Subject): Generator<Found> {
  for (const container of containers) {
    const table = isClassic(container)
      ? OSIXIA_VARIABLES
      : isArcts(container)
        ? ARCTS_VARIABLES
        : undefined;
    if (table === undefined) continue;
    const names = container.env.map(({ name }) => name);
    for (const [name, meant] of nearMisses(names, table, nearestWord)) {
      const at = container.env.find((each) => each.name === name)?.at ?? container.at;
      yield { at, message: `${name} is no variable of this image`, hint: `did you mean ${meant}?` };
    }
  }
}

export const roleInLabel: Judge = ({ env, text, from }) => {
  const priority = env.find(({ name, value }) => name === 'PRIORITY' && value !== '');
  if (from !== 'pod' || priority === undefined || !/nodeSelector:/.test(text)) return undefined;
  return {
    at: priority.at,
    message:
      'the priority is bound to a label of the node: when the service changes its roles it stays',
    hint: 'let a check of the role decide',
  };
};

export function* quotedValues({ containers }: Subject): Generator<Found> {
  for (const { env, from } of containers) {
    for (const { name, value, at } of env) {
      if (from !== 'compose' || !/^(["']).*\1$/.test(value)) continue;
      const message = `the quotes belong to the value of ${name}: they stand in the configuration`;
      yield { at, message, hint: `- "${name}=${value.slice(1, -1)}"` };
    }
  }
}

export function* composeLayout(subject: Subject): Generator<Found> {
  for (const piece of piecesOf(subject, 'yaml')) {
    if (/^\s*(?:services|apiVersion|kind|spec|containers):/m.test(piece.text)) continue;
    const [first] = [...grep(piece, /^(\s*)([\w-]+):\s*$/)];
    if (first === undefined || !/^\s+(?:image|container_name):/m.test(piece.text)) continue;
    const message = "there is no 'services:' at the top: docker compose refuses the file";
    yield { at: first.at, message, hint: "begin with 'services:'" };
  }
}

export function* neverPreempts({ containers }: Subject): Generator<Found> {
  const routers = containers.filter((one) => isClassic(one) && isConfigured(one));
  const priorities = routers.flatMap((one) => envOf(one, 'KEEPALIVED_PRIORITY') ?? []);
  const [first] = priorities.toSorted((a, b) => Number(b.value) - Number(a.value));
  if (first === undefined || new Set(priorities.map(({ value }) => value)).size < 2) return;
  const message = `${first.value} does not become master while another is: this image always writes nopreempt`;
  yield { at: first.at, message };
}

const ADDRESS = /\b\d{1,3}(?:\.\d{1,3}){3}\b/g;

function peersOf(container: Container): readonly string[] {
  const lists = container.env.filter(({ name }) => /^KEEPALIVED_UNICAST_PEER/.test(name));
  return lists.flatMap(({ value }) => value.match(ADDRESS) ?? []);
}

export function* selfAmongPeers({ containers }: Subject): Generator<Found> {
  const lists = containers.filter((one) => peersOf(one).length > 1);
  for (const container of lists) {
    const own = peersOf(container).join();
    const same = lists.filter((one) => peersOf(one).join() === own);
    if (same.length < 2 || same.length > peersOf(container).length) continue;
    const at = container.env.find(({ name }) => name.startsWith('KEEPALIVED_UNICAST_PEER'))?.at;
    const message =
      'each node has all addresses among its peers, its own as well: a warning every second';
    yield { at: at ?? container.at, message, hint: 'leave its own address out on each node' };
  }
}

/** Addresses that a guide gives its nodes, as `- 10.0.0.1 : first node`. */
const ASSUMED = /^\s*[-*]\s+(\d{1,3}(?:\.\d{1,3}){3})\s*[:\uff1a]/;

export function* peersElsewhere(subject: Subject): Generator<Found> {
  const assumed = piecesOf(subject, 'prose').flatMap((piece) =>
    [...grep(piece, ASSUMED)].flatMap(({ match, text }) =>
      /vip|virtual|\u865a/i.test(text) ? [] : [match[1] ?? ''],
    ),
  );
  if (assumed.length === 0) return;
  for (const container of subject.containers.filter(isConfigured)) {
    const peers = peersOf(container);
    const isKnown = (peer: string): boolean => assumed.some((one) => sharesNetwork(one, peer, 24));
    if (peers.length < 2 || peers.some(isKnown)) continue;
    const at = container.env.find(({ name }) => name.startsWith('KEEPALIVED_UNICAST_PEER'))?.at;
    const message = `no peer is in the network of the nodes (${assumed.join(', ')}): all become master, in silence`;
    yield { at: at ?? container.at, message };
  }
}
