/** The page of all commands, of what the program says of itself: the source of holdfast(8) too. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CommandHelp, readOverview } from '../packages/manual.ts';

const run = promisify(execFile);

/** Asks the program that is built, `bin/holdfast`; it builds itself where it is old. */
export async function askCommands(root: string): Promise<readonly CommandHelp[]> {
  const ask = async (...words: readonly string[]): Promise<string> =>
    (await run(join(root, 'bin/holdfast'), [...words])).stdout;
  const commands = readOverview(await ask('--help'));
  if (commands.length === 0) throw new Error('holdfast --help names no commands');
  return Promise.all(
    commands.map(async ({ name, summary }) => {
      return { name, summary, usage: await ask(name, '--help') };
    }),
  );
}

export function commandsPage(commands: readonly CommandHelp[]): string {
  const rows = commands.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${summary} |`);
  const sections = commands.map(
    ({ name, usage }) => `## ${name}\n\n\`\`\`\n${usage.trimEnd()}\n\`\`\``,
  );
  return `# Every command

What \`holdfast COMMAND --help\` says; \`man holdfast\` has the same where a package is installed.

| Command | |
| --- | --- |
${rows.join('\n')}

${sections.join('\n\n')}
`;
}
