/** A seeded stream of random numbers; the only source of chance in pure code. */
export interface Rng {
  /** A float in [0, 1). */
  next(): number;
  /** An integer in [min, max], both included. */
  integer(min: number, max: number): number;
  /** True with the given probability (0..1). */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** An independent stream, so that one consumer's draws do not shift another's. */
  fork(): Rng;
}

/** The sfc32 generator of Chris Doty-Humphrey: 128 bits of state, passes PractRand. */
export function createRng(seed: number): Rng {
  let a = 0;
  let b = seed >>> 0;
  let c = Math.floor(seed / 0x1_0000_0000) >>> 0;
  let counter = 1;
  const word = (): number => {
    const sum = (((a + b) >>> 0) + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum;
  };
  for (let round = 0; round < 15; round++) word();
  const rng: Rng = {
    next: () => word() / 0x1_0000_0000,
    integer: (min, max) => min + Math.floor(rng.next() * (max - min + 1)),
    chance: (probability) => rng.next() < probability,
    pick: (items) => {
      const item = items[rng.integer(0, items.length - 1)];
      if (item === undefined) throw new RangeError('pick from an empty list');
      return item;
    },
    fork: () => createRng(word()),
  };
  return rng;
}
