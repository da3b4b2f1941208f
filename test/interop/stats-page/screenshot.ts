/**
 * `npm run screenshot`: the stats page as a browser shows it, into docs/. With a folder named, haproxy's own
 * page beside it, for people to compare.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../../../src/lab/programs.ts';
import { openBrowser } from './browser.ts';
import { OPERATOR, StatsHost, sides } from './hosts.ts';

const { values } = parseArgs({ options: { beside: { type: 'string' } } });
const { beside } = values;

const browser = await openBrowser('screenshot');
try {
  for (const side of sides) {
    if (side === 'theirs' && beside === undefined) continue;
    const folder = beside ?? join(projectRoot(), 'docs');
    const path = join(folder, side === 'ours' ? 'stats-page.png' : 'stats-page-haproxy.png');
    const host = await StatsHost.open(side);
    try {
      const page = await (await browser.visit(OPERATOR)).newPage();
      await page.goto(host.page);
      await page.screenshot({ path, fullPage: true });
    } finally {
      await host.close();
    }
    console.log(path);
  }
} finally {
  await browser.close();
}
