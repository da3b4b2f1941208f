/** Signals that Node has no name for, on the process's own event loop. */
import koffi from 'koffi';
import { guardCallback } from './guard-callback.ts';
import { bindNative, hasSymbol } from './library.ts';
import { allocateMemory } from './memory.ts';

const UV_SIGNAL = 16;

const symbols = ['uv_default_loop', 'uv_handle_size', 'uv_signal_init', 'uv_signal_start'];

const defaultLoop = bindNative('uintptr_t uv_default_loop()');
const handleSizeBytes = bindNative('size_t uv_handle_size(int kind)');
const signalInit = bindNative('int uv_signal_init(uintptr_t loop, uintptr_t handle)');
const signalStart = bindNative(
  'int uv_signal_start(uintptr_t handle, uintptr_t callback, int number)',
);
const unref = bindNative('void uv_unref(uintptr_t handle)');
const currentRtMin = bindNative('int __libc_current_sigrtmin()');
const currentRtMax = bindNative('int __libc_current_sigrtmax()');

const prototype = koffi.pointer(koffi.proto('void', ['uintptr_t', 'int']));

/** The first and the last real-time signal that programs may use: 34 and 64 with glibc. */
export function realtimeSignals(): { readonly first: number; readonly last: number } {
  return { first: currentRtMin(), last: currentRtMax() };
}

/**
 * Calls `onSignal` whenever one of these signals comes. For as long as the process lives: there is
 * nothing to close, so no trampoline is freed while libuv may return through it. Returns the numbers
 * that cannot be watched.
 */
export function watchSignals(
  numbers: readonly number[],
  onSignal: (number: number) => void,
): readonly number[] {
  if (!symbols.every(hasSymbol)) return numbers;
  const loop = defaultLoop();
  const callback = koffi.register(
    guardCallback((_handle: number, number: number) => onSignal(number)),
    prototype,
  );
  return numbers.filter((number) => {
    const memory = allocateMemory(handleSizeBytes(UV_SIGNAL));
    if (signalInit(loop, memory.address) < 0) {
      memory.free();
      return true;
    }
    // What was initialised is on libuv's list and stays, whether it was started or not.
    unref(memory.address);
    return signalStart(memory.address, Number(callback), number) < 0;
  });
}
