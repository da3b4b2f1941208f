import { accessSync, constants, existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { LintHost } from '../../config/lint/types.ts';

/** What lint asks of the host that it runs on. */
export function thisHost(): LintHost {
  return {
    script: (path) => {
      if (!existsSync(path)) return 'missing';
      try {
        accessSync(path, constants.X_OK);
        return 'ok';
      } catch {
        return 'not-executable';
      }
    },
    interface: (name) =>
      existsSync(`/sys/class/net/${name}`) || name in networkInterfaces() ? 'present' : 'missing',
  };
}
