import { allocateMemory } from '../../ffi/memory.ts';
import { type OpenSsl, registerAlpnChoice } from '../../ffi/openssl.ts';

const CHOSEN = 0;
const NOT_ACKNOWLEDGED = 3;

export interface AlpnChoice {
  readonly address: number;
  free(): void;
}

/** Each name with its length before it. */
export function encodeAlpn(names: readonly string[]): Uint8Array {
  const encoder = new TextEncoder();
  return Uint8Array.from(
    names.flatMap((name) => {
      const bytes = encoder.encode(name).subarray(0, 255);
      return [bytes.length, ...bytes];
    }),
  );
}

/** Where the first of our names that was offered begins in our list; undefined: none was. */
export function chooseAlpn(ours: Uint8Array, offered: Uint8Array): number | undefined {
  const known = new Set([...names(offered)].map(([, name]) => name));
  for (const [at, name] of names(ours)) if (known.has(name)) return at;
  return undefined;
}

function* names(list: Uint8Array): Generator<readonly [at: number, name: string]> {
  for (let at = 0; at < list.length; at += 1 + (list[at] ?? 0))
    yield [at, String.fromCharCode(...list.subarray(at + 1, at + 1 + (list[at] ?? 0)))];
}

/**
 * OpenSSL asks a server for its choice by a callback, within the handshake. The answer points into memory
 * that lasts as long as the choice. A client that offers nothing of ours goes on without.
 */
export function createAlpnChoice(openSsl: OpenSsl, ours: readonly string[]): AlpnChoice {
  const list = encodeAlpn(ours);
  const memory = allocateMemory(list.length + 16);
  memory.bytes.set(list, 16);
  const callback = registerAlpnChoice((_ssl, out, outLength, offered, length) => {
    const bytes = new Uint8Array(length);
    openSsl.copyHere(bytes, offered, length);
    const at = chooseAlpn(list, bytes);
    if (at === undefined) return NOT_ACKNOWLEDGED;
    memory.view.setBigUint64(0, BigInt(memory.address + 16 + at + 1), true);
    memory.view.setUint8(8, list[at] ?? 0);
    openSsl.copy(out, memory.address, 8);
    openSsl.copy(outLength, memory.address + 8, 1);
    return CHOSEN;
  });
  return {
    address: callback.address,
    free: () => {
      callback.free();
      memory.free();
    },
  };
}
