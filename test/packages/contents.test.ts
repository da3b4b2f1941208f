import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { layoutOf, ownFolders } from '../../tools/packages/layout.ts';
import { manualPage, readOverview } from '../../tools/packages/manual.ts';

const root = resolve('.');

describe('the package for npm', () => {
  test('has the bundles and what starts them, and starts where it is unpacked', () => {
    // Builds what is old.
    execFileSync('bin/holdfast', ['--version']);
    const folder = mkdtempSync(join(tmpdir(), `hft-${process.pid}-npm-`));
    try {
      execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder]);
      const [archive = ''] = readdirSync(folder);
      execFileSync('tar', ['-xzf', archive], { cwd: folder });
      const unpacked = join(folder, 'package');
      const bundles = readdirSync('dist').filter((name) => /\.c?js$/.test(name));
      assert(bundles.includes('holdfast.cjs') && bundles.includes('holdfast.js'));
      assert.deepEqual(readdirSync(join(unpacked, 'dist')), bundles);
      assert.deepEqual(readdirSync(unpacked), [
        ...['CHANGELOG.md', 'LICENSE', 'README.md', 'bin', 'deploy', 'dist', 'package.json'],
      ]);
      symlinkSync(resolve('node_modules'), join(unpacked, 'node_modules'));
      const said = execFileSync(join(unpacked, 'bin/holdfast'), ['--version'], {
        encoding: 'utf8',
      });
      assert.match(said, /^holdfast \d/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('what packages install', () => {
  const entries = layoutOf({
    root,
    bundles: join(root, 'bin'),
    node: process.execPath,
    nodeLicense: join(root, 'LICENSE'),
    manual: '',
    manuals: [{ name: 'holdfast-plan.8', text: '' }],
    completions: { bash: '', zsh: '', fish: '' },
    family: { zshFolder: 'vendor-completions', documents: [] },
  });
  const paths = entries.map(({ path }) => path);

  test('is sorted, has no path twice, and lies where packages may put things', () => {
    assert.deepEqual(paths, [...new Set(paths)].sort());
    const foreign =
      /^\/usr\/(?:lib\/holdfast\/|lib\/systemd\/system\/holdfast|sbin\/holdfast$|bin\/kubectl[-_]|share\/)/;
    assert.deepEqual(
      paths.filter((path) => !foreign.test(path)),
      [],
    );
    // The file of the operator, and the program of another package.
    assert(!paths.some((path) => path.startsWith('/etc') || path === '/usr/sbin/keepalived'));
  });

  test('is executable where it is a program', () => {
    const programs = entries.filter(({ mode }) => mode === 0o755).map(({ path }) => path);
    assert.deepEqual(programs, [
      '/usr/lib/holdfast/bin/holdfast',
      '/usr/lib/holdfast/bin/node',
      '/usr/lib/holdfast/packaging/keepalived-choice',
      '/usr/lib/holdfast/packaging/running-daemons',
    ]);
  });

  test('lies in folders of its own, which go with it', () => {
    const folders = ownFolders(entries);
    assert(folders.includes('/usr/lib/holdfast') && folders.includes('/usr/share/doc/holdfast'));
    assert(!folders.includes('/usr/share/doc') && !folders.includes('/usr/lib/systemd'));
  });
});

describe('the manual', () => {
  const help = `holdfast 1.2.3: holds a virtual IP on one healthy host of a group

Usage: holdfast COMMAND [OPTION...]
       holdfast -n -D -f FILE ...     (keepalived's own options)

  run          hold the VIPs
  check        say what is wrong

'holdfast COMMAND --help' tells more about a command
`;

  test('has the commands of the overview', () => {
    assert.deepEqual(readOverview(help), [
      { name: 'run', summary: 'hold the VIPs' },
      { name: 'check', summary: 'say what is wrong' },
    ]);
    const own = readOverview(execFileSync('bin/holdfast', ['--help'], { encoding: 'utf8' }));
    const names = own.map(({ name }) => name);
    for (const name of ['run', 'status', 'upgrade', 'completion'])
      assert(names.includes(name), name);
  });

  test('takes words as they are, whatever they mean to a formatter', () => {
    const usage = 'Usage: holdfast run\n\n.begins with a dot\n  -f, --config FILE  a\\b\n';
    const page = manualPage({
      ...{ version: '1.2.3', date: '2026-11-26' },
      commands: [{ name: 'run', summary: 'hold the VIPs', usage }],
    });
    assert.match(page, /^\.TH HOLDFAST 8 "2026-11-26" "holdfast 1\.2\.3" /);
    assert.match(page, /^\\&\.begins with a dot$/m);
    assert.match(page, /^ {2}\\-f, \\-\\-config FILE {2}a\\eb$/m);
  });
});
