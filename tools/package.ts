/**
 * `npm run package`: the packages of this tree, in dist/packages: the one for npm, a .deb and a .rpm (amd64) with
 * a Node of their own. The same tree and the same SOURCE_DATE_EPOCH give the same packages.
 *
 *   --output=FOLDER   elsewhere
 *   --only=KINDS      npm, deb, rpm, with commas
 *   --node=newest     the newest Node 24 from npm (default); kept: the one of the last time; running: this one
 *   --quick           larger, in a fraction of the time
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { writeDeb } from './packages/deb.ts';
import { DEBIAN_COPYRIGHT, debianChangelog } from './packages/description.ts';
import { type Family, layoutOf, type Sources } from './packages/layout.ts';
import { manualPage, readOverview } from './packages/manual.ts';
import { writeRpm } from './packages/rpm.ts';
import { runTool } from './packages/run-tool.ts';
import { findRuntime } from './packages/runtime.ts';
import { stage } from './packages/stage.ts';
import { manPages } from './site/man.ts';

const root = resolve(import.meta.dirname, '..');
const KINDS = ['npm', 'deb', 'rpm'];
const RUNTIMES = ['newest', 'kept', 'running'] as const;

function main(argv: readonly string[]): void {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      output: { type: 'string', default: join(root, 'dist/packages') },
      only: { type: 'string', default: KINDS.join() },
      node: { type: 'string', default: 'newest' },
      quick: { type: 'boolean', default: false },
    },
  });
  const kinds = values.only.split(',');
  const unknown = kinds.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new Error(`--only knows ${KINDS.join(', ')}, not '${unknown}'`);
  const which = RUNTIMES.find((name) => name === values.node);
  if (which === undefined)
    throw new Error(`--node is ${RUNTIMES.join(', ')}, not '${values.node}'`);
  const output = resolve(values.output);
  mkdirSync(output, { recursive: true });
  if (kinds.includes('npm')) {
    runTool([process.execPath, join(root, 'tools/build.mjs')]);
    const packed = runTool(['npm', 'pack', '--silent', '--pack-destination', output], {
      folder: root,
    });
    console.log(join(output, packed.trim().split('\n').at(-1) ?? ''));
  }
  if (!kinds.includes('deb') && !kinds.includes('rpm')) return;
  const workspace = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
  try {
    const speed = values.quick ? 'quick' : 'small';
    const { node, license } = findRuntime(which);
    writePackages({ kinds, output, workspace, node, nodeLicense: license, speed });
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

interface Work {
  readonly kinds: readonly string[];
  readonly output: string;
  readonly workspace: string;
  readonly node: string;
  readonly nodeLicense: string;
  readonly speed: 'small' | 'quick';
}

function writePackages({ kinds, output, workspace, node, nodeLicense, speed }: Work): void {
  // Packages sort what stands behind a tilde before the release itself.
  const version = readVersion().replace('-', '~');
  const epochS = readEpoch();
  const bundles = join(workspace, 'bundles');
  // Compiled by the Node that will run them.
  runTool([node, join(root, 'tools/build.mjs'), bundles]);
  const ask = (...args: readonly string[]): string =>
    runTool([node, join(bundles, 'holdfast.cjs'), ...args], {
      env: { NODE_PATH: join(root, 'node_modules') },
    });
  const commands = readOverview(ask('--help')).map(({ name, summary }) => {
    return { name, summary, usage: ask(name, '--help') };
  });
  if (commands.length === 0) throw new Error('holdfast --help names no commands');
  const date = new Date(epochS * 1000).toISOString().slice(0, 10);
  const sources: Omit<Sources, 'family'> = {
    ...{ root, bundles, node, nodeLicense },
    manual: manualPage({ version, date, commands }),
    manuals: manPages(root, { version, date }),
    completions: {
      bash: ask('completion', 'bash'),
      zsh: ask('completion', 'zsh'),
      fish: ask('completion', 'fish'),
    },
  };
  if (kinds.includes('deb')) {
    const folder = join(workspace, 'deb');
    const entries = layoutOf({ ...sources, family: debianFamily(version, epochS) });
    stage(entries, folder, epochS);
    console.log(writeDeb({ root, stage: folder, entries, output, version, epochS, speed }));
  }
  if (kinds.includes('rpm')) {
    const folder = join(workspace, 'rpm');
    const entries = layoutOf({ ...sources, family: rpmFamily() });
    stage(entries, folder, epochS);
    const rpmbuild = join(workspace, 'rpmbuild');
    console.log(
      writeRpm({ stage: folder, entries, workspace: rpmbuild, output, version, epochS, speed }),
    );
  }
}

function debianFamily(version: string, epochS: number): Family {
  return {
    zshFolder: 'vendor-completions',
    documents: [
      { name: 'copyright', contents: { kind: 'text', text: DEBIAN_COPYRIGHT } },
      {
        name: 'changelog.gz',
        contents: { kind: 'compressed', text: debianChangelog(version, epochS) },
      },
    ],
  };
}

function rpmFamily(): Family {
  return {
    zshFolder: 'site-functions',
    documents: [{ name: 'LICENSE', contents: { kind: 'file', source: join(root, 'LICENSE') } }],
  };
}

function readVersion(): string {
  const text = readFileSync(join(root, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The time of the commit, where nothing else is said; of a tree without commits that of its package.json. */
function readEpoch(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  try {
    return Number(runTool(['git', 'log', '-1', '--format=%ct'], { folder: root }));
  } catch {
    return 1_750_000_000;
  }
}

main(process.argv.slice(2));
