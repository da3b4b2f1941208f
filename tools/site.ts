/**
 * `npm run docs`: the documentation as a site, in dist/site; `-- --output=FOLDER` elsewhere. It needs no
 * server and no network: open index.html.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSite } from './site/build.ts';
import { askCommands, commandsPage } from './site/commands-page.ts';
import { deadLinks, navigationMistakes, readPages, readSources } from './site/pages.ts';

const root = resolve(import.meta.dirname, '..');
const { values } = parseArgs({
  options: { output: { type: 'string', default: join(root, 'dist/site') } },
});
const commands = { file: 'docs/commands.md', text: commandsPage(await askCommands(root)) };
const sources = [...readSources(root), commands];
const pages = readPages(sources);
const mistakes = [
  ...navigationMistakes(sources.map(({ file }) => file)),
  ...deadLinks(root, pages),
];
for (const mistake of mistakes) console.error(mistake);
if (mistakes.length > 0) process.exit(1);
await writeSite({ root, output: values.output, pages });
console.log(`${pages.size} pages: ${join(values.output, 'index.html')}`);
