/**
 * Runs before the bundle of the daemon is loaded (tools/build.mjs puts it there): starts the checker process
 * where the command line asks for a daemon whose file mentions checks, so that both load side by side. Where it
 * is not sure it does nothing, and the daemon starts that process later. Where nothing else waits for the daemon
 * than servers, it is loaded once they are balanced.
 */
import { basename } from 'node:path';
import { isBackgroundChild } from '../../daemon/background.ts';
import { type CheckerWish, startCheckerEarliest } from '../../daemon/checker-program.ts';
import { isUpgrade } from '../../daemon/upgrade/baggage.ts';
import { wishOf } from './wish.ts';

function isServing({ mode }: CheckerWish): boolean {
  return mode === 'foreground' || isBackgroundChild();
}

const wish = wishOf(basename(process.argv0), process.argv.slice(2));
/** The bundle that is loaded then, where it is another one. */
export const bundle = wish === undefined ? undefined : 'daemon';
/** Until then the bundle is not loaded, where it waits for something. */
export const until =
  wish !== undefined && isServing(wish) && !isUpgrade() ? startCheckerEarliest(wish) : undefined;
