const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const hooks = new Set<() => void>();

/**
 * Runs `hook`, which must be synchronous, when this process ends in whatever way it can notice:
 * return, exit, uncaught exception, SIGINT, SIGTERM, SIGHUP. What it cannot notice is the guard's
 * part. Returns the function that takes the hook off again.
 */
export function onProcessEnd(hook: () => void): () => void {
  if (hooks.size === 0) {
    process.on('exit', runHooks);
    for (const signal of signals) process.on(signal, onSignal);
  }
  hooks.add(hook);
  return () => {
    hooks.delete(hook);
    if (hooks.size === 0) removeListeners();
  };
}

function runHooks(): void {
  for (const hook of hooks) {
    try {
      hook();
    } catch {
      // The next hook must have its turn; nobody is left to hear of this one.
    }
  }
}

function onSignal(signal: NodeJS.Signals): void {
  // Others who listen decide what the signal means; without them it ends the process as always.
  if (process.listenerCount(signal) > 1) return;
  runHooks();
  removeListeners();
  process.kill(process.pid, signal);
}

function removeListeners(): void {
  process.off('exit', runHooks);
  for (const signal of signals) process.off(signal, onSignal);
}
