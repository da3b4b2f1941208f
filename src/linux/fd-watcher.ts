import type { FdWatcher } from '../ports/fd-watcher.ts';
import { isSysError } from '../ports/sys-error.ts';
import { close, eventfd, read } from './ffi/libc.ts';
import { createThreadFdWatcher } from './ffi/thread-poll.ts';
import { createUvFdWatcher, hasUvPoll } from './ffi/uv-poll.ts';

const EFD_NONBLOCK_CLOEXEC = 0o2000000 | 0o4000;
/** Long: a host that is busy at boot answers late, and giving up ends the daemon. */
const selfTestLimitMs = 5000;

/**
 * The watcher that works here: libuv's own loop where the node binary shows it and a trial succeeds,
 * a thread in poll(2) otherwise. HOLDFAST_POLL=thread in the environment asks for the thread.
 */
export async function openFdWatcher(): Promise<FdWatcher> {
  if (process.env.HOLDFAST_POLL !== 'thread' && hasUvPoll()) {
    const watcher = createUvFdWatcher();
    if ((await tryWatcher(watcher)) === 'works') return watcher;
    watcher.close();
  }
  const watcher = createThreadFdWatcher();
  if ((await tryWatcher(watcher)) === 'works') return watcher;
  watcher.close();
  throw new Error('neither libuv nor a polling thread tells when a descriptor can be read');
}

/** Whether a descriptor that can be read is reported. */
export async function tryWatcher(watcher: FdWatcher): Promise<'works' | 'fails'> {
  const fd = eventfd(1, EFD_NONBLOCK_CLOEXEC);
  if (fd < 0) return 'fails';
  const counter = new Uint8Array(8);
  const verdict = await new Promise<'works' | 'fails'>((resolve) => {
    const timer = setTimeout(() => resolve('fails'), selfTestLimitMs);
    const watch = watcher.watch(fd, () => {
      if (read(fd, counter, 8) !== 8) return;
      clearTimeout(timer);
      if (!isSysError(watch)) watch.close();
      resolve('works');
    });
    if (isSysError(watch)) {
      clearTimeout(timer);
      resolve('fails');
    }
  });
  close(fd);
  return verdict;
}
