/** What this process keeps of memory that it does not use, and giving that back. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import type { OwnMemory } from '../ports/own-memory.ts';
import { mallocTrim } from './ffi/libc.ts';

export const ownMemory: OwnMemory = {
  heap: () => {
    const { used_heap_size, total_physical_size } = getHeapStatistics();
    return { usedBytes: used_heap_size, heldBytes: total_physical_size };
  },
  giveBack: () => {
    const { gc } = globalThis;
    if (gc === undefined) return 'unable';
    // By itself V8 moves little together, so that most pages stay for a few objects each.
    setFlagsFromString('--compact-on-every-full-gc');
    try {
      gc();
    } finally {
      setFlagsFromString('--no-compact-on-every-full-gc');
    }
    mallocTrim(0);
    return 'done';
  },
};
