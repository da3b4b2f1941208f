import koffi from 'koffi';

/**
 * Memory outside the garbage collector's reach, for whatever the kernel or libuv keeps the address
 * of and for buffers whose address stands in another structure.
 */
export interface NativeMemory {
  /** Below 2^53 in user space, so a number holds it. */
  readonly address: number;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** The caller lets go of `bytes` and `view` first; may be called twice. */
  free(): void;
}

export function allocateMemory(sizeBytes: number): NativeMemory {
  const pointer = koffi.alloc('uint8_t', sizeBytes);
  const buffer = koffi.view(pointer, sizeBytes);
  const bytes = new Uint8Array(buffer);
  bytes.fill(0);
  let freed = false;
  return {
    address: Number(koffi.address(pointer)),
    bytes,
    view: new DataView(buffer),
    free: () => {
      if (freed) return;
      freed = true;
      koffi.free(pointer);
    },
  };
}

/** Memory that the kernel has mapped there, and that stays. */
export function viewMemory(address: number, sizeBytes: number): ArrayBuffer {
  return koffi.view(BigInt(address), sizeBytes);
}
