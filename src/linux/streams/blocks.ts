import type { Block } from '../../ports/streams.ts';
import { allocateMemory, type NativeMemory } from '../ffi/memory.ts';

export interface NativeBlock extends Block {
  readonly address: number;
}

/** Of each size some are kept for the next who asks: to allocate costs more than to send. */
const KEPT_MAX = 64;

/** A block knows whether it is in use: a request takes four, and to look them up cost as much as to receive. */
class PooledBlock implements NativeBlock {
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly memory: NativeMemory;
  isUsed = false;

  constructor(memory: NativeMemory) {
    this.memory = memory;
    this.address = memory.address;
    this.bytes = memory.bytes;
  }
}

export class BlockPool {
  readonly #free = new Map<number, PooledBlock[]>();
  readonly #all = new Set<PooledBlock>();
  #used = 0;

  /** Blocks that are in use. */
  get used(): number {
    return this.#used;
  }

  take(sizeBytes: number): NativeBlock {
    const block = this.#free.get(sizeBytes)?.pop() ?? this.#create(sizeBytes);
    block.isUsed = true;
    this.#used += 1;
    return block;
  }

  giveBack(block: Block): void {
    if (!(block instanceof PooledBlock) || !block.isUsed) return;
    block.isUsed = false;
    this.#used -= 1;
    const size = block.bytes.length;
    const kept = this.#free.get(size);
    if (kept === undefined) this.#free.set(size, [block]);
    else if (kept.length < KEPT_MAX) kept.push(block);
    else {
      this.#all.delete(block);
      block.memory.free();
    }
  }

  clear(): void {
    for (const block of this.#all) {
      block.isUsed = false;
      block.memory.free();
    }
    this.#all.clear();
    this.#free.clear();
    this.#used = 0;
  }

  #create(sizeBytes: number): PooledBlock {
    const block = new PooledBlock(allocateMemory(sizeBytes));
    this.#all.add(block);
    return block;
  }
}
