/** Lines of servers. */
import { parseIp } from '../../../base/ip.ts';
import type { ServerAddress, ServerPort } from '../../model/proxy.ts';
import { SERVER_OPTION_TABLE } from '../grammar/server-options.ts';
import { positionOf } from '../text/statements.ts';
import type { Word } from '../text/words.ts';
import { addressText, type HostPart, type PortPart, readAddress, shellMistake } from './address.ts';
import type { Line } from './context.ts';
import { noteStatus } from './note-status.ts';
import type { ProxyDraft } from './proxy-draft.ts';
import { refer } from './references.ts';
import type { ServerDraft, ServerSettings } from './server-draft.ts';
import { SERVER_SETTERS } from './server-setters.ts';

export function readServer(line: Line, proxy: ProxyDraft): void {
  const [nameWord, addressWord] = line.args;
  if (nameWord === undefined || addressWord === undefined) return;
  const name = nameWord.text;
  if (!isServerName(line, nameWord)) return;
  const settings: ServerSettings = { ...proxy.settings.server };
  readServerOptions(line, settings, 2);
  const place = readPlace(line, addressWord, settings);
  if (place === undefined) {
    proxy.unreadServers.add(name);
    return;
  }
  addServer(line, proxy, { name, at: positionOf(line.statement, nameWord), ...place, settings });
}

export function readDefaultServer(line: Line, proxy: ProxyDraft): void {
  const { server } = proxy.settings;
  readServerOptions(line, server, 0);
  if (server.id !== undefined) {
    delete server.id;
    line.tell('no-effect-here', undefined, "'id' belongs to one server, not to default-server");
  }
}

/** `server-template PREFIX N|FROM-TO HOST[:PORT] …`: servers PREFIXn. */
export function readServerTemplate(line: Line, proxy: ProxyDraft): void {
  const [prefix, range, addressWord] = line.args;
  if (prefix === undefined || range === undefined || addressWord === undefined) return;
  if (!isServerName(line, prefix)) return;
  const found = /^(\d+)(?:-(\d+))?$/.exec(range.text);
  const from = found?.[2] === undefined ? 1 : Number(found[1]);
  const to = Number(found?.[2] ?? found?.[1] ?? 0);
  if (found === null || to < from || to === 0 || to - from >= 4096) {
    line.fail(range, `'${range.text}' is no number of servers, and no range of them`);
    return;
  }
  if (!isRoom(line, to - from + 1)) return;
  const settings: ServerSettings = { ...proxy.settings.server };
  readServerOptions(line, settings, 3);
  const place = readPlace(line, addressWord, settings);
  if (place === undefined) return;
  for (let number = from; number <= to; number++) {
    const { id, ...own } = settings;
    const isFirst = number === from && id !== undefined;
    const name = `${prefix.text}${number}`;
    const at = positionOf(line.statement, prefix);
    addServer(line, proxy, { name, at, ...place, settings: isFirst ? { ...own, id } : own });
  }
}

function isRoom(line: Line, count: number): boolean {
  if (line.context.left.servers >= count) return true;
  line.tell('too-much', undefined, 'there are more than 100000 servers');
  return false;
}

function addServer(line: Line, proxy: ProxyDraft, server: ServerDraft): void {
  if (!isRoom(line, 1)) return;
  const other = proxy.serverNames.get(server.name);
  if (other !== undefined) {
    line.tell(
      'duplicate-server',
      line.args[0],
      `'${proxy.name}' has a server '${server.name}' already, on line ${other.at.line}`,
    );
    return;
  }
  const { id } = server.settings;
  const sameId =
    id === undefined ? undefined : proxy.servers.find(({ settings }) => settings.id === id);
  if (sameId !== undefined) {
    line.tell('duplicate-id', line.args[0], `server '${sameId.name}' has the id ${id} already`);
    return;
  }
  line.context.left.servers--;
  proxy.serverNames.set(server.name, server);
  proxy.servers.push(server);
}

function isServerName(line: Line, word: Word): boolean {
  const wrong = /[^\w.:-]/.exec(word.text);
  if (word.text !== '' && wrong === null) return true;
  const letter = wrong?.[0] ?? '';
  line.fail(
    word,
    letter === '' ? 'a server has a name' : `the name of a server has no '${letter}'`,
  );
  return false;
}

function readServerOptions(line: Line, settings: ServerSettings, from: number): void {
  for (let at = from; at < line.args.length; at++) {
    const word = line.args[at];
    const name = word?.text ?? '';
    const option = SERVER_OPTION_TABLE.get(name);
    if (option === undefined) {
      const what = line.name === 'default-server' ? "'default-server'" : `a server`;
      line.tell(
        'unknown-keyword',
        word,
        `${what} has no option '${name}'`,
        line.meant(name, SERVER_OPTION_TABLE.keys()),
      );
      return;
    }
    const value = line.args[at + 1];
    if (option.values > 0 && value === undefined) {
      line.tell('missing-value', word, `'${name}' lacks its value`);
      return;
    }
    const told = noteStatus(line, word, option);
    if (told === 'apply') SERVER_SETTERS[name]?.(settings, line, at);
    if (name === 'resolvers') refer(line, 'resolvers', value?.text ?? '', value);
    at += option.values;
    // `source ADDRESS interface NAME`, `usesrc ADDRESS` behind it.
    if (name === 'source' && line.text(at + 1) === 'interface') at += 2;
  }
}

interface Place {
  readonly address: ServerAddress;
  readonly port: ServerPort;
}

function readPlace(line: Line, word: Word, settings: ServerSettings): Place | undefined {
  const mistake = shellMistake(word);
  if (word.literalVariable !== undefined && mistake !== undefined) {
    line.tell('literal-variable', word, mistake.message, mistake.hint);
    return undefined;
  }
  const text = addressText(word);
  const read = readAddress(text);
  if (!read.ok) {
    const code = read.isShort === true ? 'short-address' : 'invalid-address';
    line.tell(code, word, read.message, mistake?.message);
    return undefined;
  }
  const { address } = read;
  if (address.kind === 'descriptor') {
    line.tell('invalid-address', word, 'a server is not reached over a descriptor');
    return undefined;
  }
  const noPort: ServerPort = { kind: 'offset', offset: 0 };
  if (address.kind !== 'host') return { address, port: noPort };
  const port = readServerPort(line, word, address.port);
  if (port === undefined) return undefined;
  if (address.host.kind === 'any' && /^(?:$|:|ip)/.test(text)) {
    line.tell(
      'server-without-address',
      word,
      mistake?.message ??
        `a server has an address: '${word.text}' has none, most often because a variable was empty`,
      mistake?.hint ??
        'write ADDRESS:PORT; *:PORT where the address that the client asked for is meant',
    );
    return undefined;
  }
  return { address: readServerHost(line, word, address.host, settings), port };
}

function readServerPort(line: Line, word: Word, port: PortPart): ServerPort | undefined {
  if (port.kind === 'none') return { kind: 'offset', offset: 0 };
  if (port.kind === 'offset') return port;
  if (port.from !== port.to) {
    line.tell('invalid-address', word, 'a server has one port, not a range of them');
    return undefined;
  }
  return port.from === 0 ? { kind: 'offset', offset: 0 } : { kind: 'port', port: port.from };
}

const DOWN_UNTIL = 'the server is down until it has one';

function readServerHost(
  line: Line,
  word: Word,
  host: HostPart,
  settings: ServerSettings,
): ServerAddress {
  if (host.kind === 'any') return { kind: 'client' };
  if (host.kind === 'ip') {
    const isAny = host.ip === '0.0.0.0' || host.ip === '::';
    return isAny ? { kind: 'client' } : host;
  }
  const prefer =
    host.family === 4 ? 'ipv4' : host.family === 6 ? 'ipv6' : (settings.prefer ?? 'ipv6');
  const methods = settings.initAddress ?? ['last', 'libc'];
  for (const method of methods) {
    const ip = method === 'libc' ? line.context.resolve(host.name, prefer) : parseIp(method);
    if (ip !== undefined) return { kind: 'ip', ip };
    if (method !== 'none') continue;
    if (methods.includes('libc')) {
      line.tell('unresolved', word, `'${host.name}' has no address yet`, DOWN_UNTIL);
    }
    return { kind: 'name', host: host.name, prefer };
  }
  line.tell('unresolved', word, `'${host.name}' has no address yet`, DOWN_UNTIL);
  return { kind: 'name', host: host.name, prefer };
}
