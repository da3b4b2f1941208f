import { adjtimex } from './ffi/libc.ts';

/** struct timex is 208 bytes; its first field, the modes, stays zero: nothing is changed. */
const TIMEX_BYTES = 208;
const TIME_ERROR = 5;

/** What the kernel says of CLOCK_REALTIME (adjtimex(2)): TIME_ERROR without a program that keeps it right. */
export function stateOfKernelClock(): 'synchronised' | 'unsynchronised' | 'unknown' {
  const answer = adjtimex(new Uint8Array(TIMEX_BYTES));
  if (answer < 0) return 'unknown';
  return answer === TIME_ERROR ? 'unsynchronised' : 'synchronised';
}
