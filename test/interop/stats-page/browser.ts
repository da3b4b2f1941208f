/** A real browser without a window, which writes nothing but into a folder of its own. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { type BrowserContext, chromium } from 'playwright-core';
import { testPath } from '../../../tools/sweep.ts';

export const CHROMIUM = '/usr/bin/chromium';
export const skipBrowser = existsSync(CHROMIUM) ? false : 'needs chromium';

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

export interface Visitor {
  readonly user: string;
  readonly password: string;
}

export interface Browser {
  /** A visitor of his own: nothing is known from other ones. */
  visit(who?: Visitor): Promise<BrowserContext>;
  close(): Promise<void>;
}

export async function openBrowser(name: string): Promise<Browser> {
  const folder = testPath(name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [...FLAGS],
    // Where it would keep settings, caches and its profile.
    env: {
      ...process.env,
      HOME: folder,
      XDG_CACHE_HOME: folder,
      XDG_CONFIG_HOME: folder,
      TMPDIR: folder,
    },
  });
  return {
    visit: (who) =>
      browser.newContext({
        viewport: { width: 1280, height: 720 },
        colorScheme: 'light',
        ...(who !== undefined && {
          httpCredentials: { username: who.user, password: who.password },
        }),
      }),
    close: async () => {
      await browser.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
