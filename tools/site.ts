/**
 * `npm run docs`: the documentation as a site, in dist/site, with its man pages below man/; `-- --output=FOLDER`
 * elsewhere. It needs no server and no network: open index.html.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeSite } from './site/build.ts';
import { askCommands, commandsPage } from './site/commands-page.ts';
import { manPages } from './site/man.ts';
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
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
};
const folder = join(values.output, 'man');
mkdirSync(folder, { recursive: true });
const date = new Date().toISOString().slice(0, 10);
for (const { name, text } of manPages(root, { version, date })) {
  writeFileSync(join(folder, name), text);
}
console.log(`${pages.size} pages: ${join(values.output, 'index.html')}`);
