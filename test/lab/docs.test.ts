/** The quick starts and how-tos, typed block by block on hosts of the lab: what a page shows is what is printed. */
import { readdirSync } from 'node:fs';
import { runPage } from '../docs/run-page.ts';

for (const folder of ['docs/quick-start', 'docs/how-to']) {
  // That one needs an API server: test/kubernetes/docs.kt.ts.
  const names = readdirSync(folder).filter((name) => name !== 'kubernetes.md');
  for (const name of names.sort()) runPage(`${folder}/${name}`);
}
