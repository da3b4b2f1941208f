/** One HTTP request as keepalived's genhash and its checkers make it, and the bytes that come back. */
import { connect, type Socket } from 'node:net';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import { type IpAddress, ipFamily } from '../base/ip.ts';
import { failed, ok, type Result } from '../base/result.ts';
import { connectMarked } from '../linux/marked-connection.ts';
import { isSysError } from '../ports/sys-error.ts';

export interface PageRequest {
  readonly address: IpAddress;
  readonly port: number;
  readonly url: string;
  /** `1.0c` is 1.0 with `Connection: close`. */
  readonly protocol: '1.0' | '1.0c' | '1.1';
  /** The Host header; address and port where absent. */
  readonly virtualHost?: string;
  /** Certificates are not judged: what is wanted is what the server says. */
  readonly tls?: { readonly serverName?: string };
  readonly firewallMark?: number;
  /** For connecting, and for each pause in the answer. */
  readonly timeoutMs: number;
}

export interface Page {
  /** With the empty line at its end. */
  readonly header: Uint8Array;
  /** As it came, chunks not put together; no more than Content-Length says. */
  readonly body: Uint8Array;
}

export async function fetchPage(request: PageRequest): Promise<Result<Page, string>> {
  const connection = await open(request);
  if (!connection.ok) return connection;
  const socket = connection.value;
  socket.write(requestText(request), 'latin1');
  try {
    return await readPage(socket);
  } finally {
    socket.destroy();
  }
}

export function requestText(request: PageRequest): string {
  const { address, port, url, protocol, virtualHost } = request;
  const host = virtualHost ?? `${ipFamily(address) === 6 ? `[${address}]` : address}:${port}`;
  return [
    `GET ${url} HTTP/${protocol === '1.1' ? '1.1' : '1.0'}`,
    'User-Agent: KeepAliveClient',
    ...(protocol === '1.0' ? [] : ['Connection: close']),
    `Host: ${host}`,
    '\r\n',
  ].join('\r\n');
}

/** Undefined until the header is whole. */
export function splitPage(
  bytes: Uint8Array,
): (Page & { readonly state: 'whole' | 'open' }) | undefined {
  const end = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const header = bytes.subarray(0, end + 4);
  const [, digits] =
    /^content-length:[ \t]*(\d+)[ \t]*\r$/im.exec(Buffer.from(header).toString('latin1')) ?? [];
  const rest = bytes.subarray(end + 4);
  const length = digits === undefined ? Number.POSITIVE_INFINITY : Number(digits);
  const body = rest.subarray(0, Math.min(length, rest.length));
  return { header, body, state: rest.length >= length ? 'whole' : 'open' };
}

async function open(request: PageRequest): Promise<Result<Socket, string>> {
  const { address, port, firewallMark: mark, tls, timeoutMs } = request;
  let socket: Socket;
  if (mark === undefined) socket = connect({ host: address, port });
  else {
    const marked = connectMarked({ address, port, mark, timeoutMs });
    if (isSysError(marked)) return failed(`${marked.call}: ${marked.message}`);
    socket = marked;
  }
  socket.setTimeout(timeoutMs);
  const connected = mark === undefined ? await whenReady(socket, 'connect') : ok(socket);
  if (!connected.ok || tls === undefined) return connected;
  const { serverName } = tls;
  const secure: TLSSocket = tlsConnect({
    socket,
    rejectUnauthorized: false,
    ...(serverName !== undefined && { servername: serverName }),
  });
  secure.setTimeout(timeoutMs);
  return whenReady(secure, 'secureConnect');
}

function whenReady(
  socket: Socket,
  event: 'connect' | 'secureConnect',
): Promise<Result<Socket, string>> {
  return new Promise((resolve) => {
    const fail = (reason: string): void => {
      resolve(failed(reason));
      socket.destroy();
    };
    socket.once('error', (error) => fail(error.message));
    socket.once('timeout', () => fail('no connection within the timeout'));
    socket.once(event, () => {
      socket.removeAllListeners('timeout');
      resolve(ok(socket));
    });
  });
}

function readPage(socket: Socket): Promise<Result<Page, string>> {
  return new Promise((resolve) => {
    let bytes = Buffer.alloc(0);
    const finish = (trouble?: string): void => {
      const page = splitPage(bytes);
      resolve(
        page === undefined || trouble !== undefined
          ? failed(trouble ?? 'the server sent no HTTP answer')
          : ok(page),
      );
    };
    socket.on('data', (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (splitPage(bytes)?.state === 'whole') finish();
    });
    socket.once('end', () => finish());
    socket.once('close', () => finish());
    socket.once('timeout', () => finish('no answer within the timeout'));
    // What has come before a reset counts, as it does where the server just ends.
    socket.once('error', () => finish());
  });
}
