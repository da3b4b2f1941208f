import koffi from 'koffi';

type Argument = number | string | Uint8Array | Int32Array | null;
type NativeFunction = (...args: Argument[]) => number;

const image = koffi.load(null);

/**
 * A C function of the running process (libc, libuv) that answers with an integer. It is looked up
 * on the first call, so that an old C library without it fails only there, with ENOSYS.
 */
export function bindNative(declaration: string): NativeFunction {
  let bound: NativeFunction | undefined;
  return (...args) => {
    bound ??= lookUp(declaration) ?? (() => -1);
    return bound(...args);
  };
}

/**
 * The same for a function that follows the C convention of -1 and errno: the answer is the result,
 * or the errno as a negative number.
 */
export function bindSyscall(declaration: string): NativeFunction {
  let bound: NativeFunction | undefined;
  return (...args) => {
    bound ??= lookUp(declaration) ?? missing;
    const result = bound(...args);
    return result === -1 ? -koffi.errno() : result;
  };
}

export function hasSymbol(name: string): boolean {
  try {
    image.func(name, 'int', []);
    return true;
  } catch {
    return false;
  }
}

function lookUp(declaration: string): NativeFunction | undefined {
  try {
    return image.func(declaration) as NativeFunction;
  } catch {
    return undefined;
  }
}

function missing(): number {
  koffi.errno(38); // ENOSYS
  return -1;
}
