import type { FdWatcher } from '../../ports/fd-watcher.ts';

/** Asks all hosts on the segment who has an address. */
export interface Inquiry {
  ask(): void;
}

export function startInquiry(
  _options: { readonly vip: string; readonly interfaceName: string; readonly watcher: FdWatcher },
  _onAnswer: (mac: string) => void,
): Inquiry {
  return { ask: () => {} };
}
