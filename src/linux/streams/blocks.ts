import type { Block } from '../../ports/streams.ts';
import { allocateMemory, type NativeMemory } from '../ffi/memory.ts';

export interface NativeBlock extends Block {
  readonly address: number;
}

/** Of each size some are kept for the next who asks: to allocate costs more than to send. */
const KEPT_MAX = 64;

export class BlockPool {
  readonly #free = new Map<number, NativeMemory[]>();
  readonly #used = new Map<Block, NativeMemory>();

  /** Blocks that are in use. */
  get used(): number {
    return this.#used.size;
  }

  take(sizeBytes: number): NativeBlock {
    const memory = this.#free.get(sizeBytes)?.pop() ?? allocateMemory(sizeBytes);
    this.#used.set(memory, memory);
    return memory;
  }

  giveBack(block: Block): void {
    const memory = this.#used.get(block);
    if (memory === undefined) return;
    this.#used.delete(block);
    const size = memory.bytes.length;
    const kept = this.#free.get(size) ?? [];
    this.#free.set(size, kept);
    if (kept.length < KEPT_MAX) kept.push(memory);
    else memory.free();
  }

  clear(): void {
    for (const kept of this.#free.values()) for (const memory of kept) memory.free();
    for (const memory of this.#used.values()) memory.free();
    this.#free.clear();
    this.#used.clear();
  }
}
