/**
 * What the daemon tells its watchdog, a line each:
 *
 *   + INDEX ADDRESS/LENGTH    to be removed, should the daemon die
 *   - INDEX ADDRESS/LENGTH    no more
 *   beat MS                   lives; dead after so long without another one
 *   bye                       ends in order
 */

/** Its exit status when it has removed everything because the daemon said nothing more. */
export const BEAT_MISSED_STATUS = 3;

export type WatchdogLine =
  | { readonly kind: 'hold' | 'release'; readonly held: string }
  | { readonly kind: 'beat'; readonly validityMs: number }
  | { readonly kind: 'bye' };

export function formatWatchdogLine(line: WatchdogLine): string {
  switch (line.kind) {
    case 'hold':
      return `+ ${line.held}\n`;
    case 'release':
      return `- ${line.held}\n`;
    case 'beat':
      return `beat ${line.validityMs}\n`;
    case 'bye':
      return 'bye\n';
  }
}

/** Undefined for what is no such line. */
export function parseWatchdogLine(text: string): WatchdogLine | undefined {
  const held = /^([+-]) (\d{1,10} [0-9a-f.:]{2,45}\/\d{1,3})$/.exec(text);
  if (held?.[2] !== undefined) {
    return { kind: held[1] === '+' ? 'hold' : 'release', held: held[2] };
  }
  const beat = /^beat (\d{1,9})$/.exec(text);
  if (beat !== null) return { kind: 'beat', validityMs: Number(beat[1]) };
  return text === 'bye' ? { kind: 'bye' } : undefined;
}

/** How an address is written in these lines; the monitor's facts of it fit too. */
export function heldText(address: {
  readonly interfaceIndex: number;
  readonly address: string;
  readonly prefixLength: number;
}): string {
  return `${address.interfaceIndex} ${address.address}/${address.prefixLength}`;
}
