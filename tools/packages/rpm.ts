/** Writes a .rpm with rpmbuild. */
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DESCRIPTION } from './description.ts';
import { type Entry, LIBRARY, ownFolders } from './layout.ts';
import { runTool } from './run-tool.ts';

export interface RpmOptions {
  /** With the files laid out in it, and nothing else. */
  readonly stage: string;
  readonly entries: readonly Entry[];
  /** A folder for what rpmbuild needs. */
  readonly workspace: string;
  readonly output: string;
  readonly version: string;
  readonly epochS: number;
  readonly speed: 'small' | 'quick';
}

/** Returns the path of the package. */
export function writeRpm(options: RpmOptions): string {
  const { stage, workspace, output, version, epochS, speed } = options;
  mkdirSync(workspace, { recursive: true });
  const spec = join(workspace, 'holdfast.spec');
  writeFileSync(spec, specOf(options));
  const defines = {
    _topdir: workspace,
    _rpmdir: join(workspace, 'RPMS'),
    _binary_payload: speed === 'small' ? 'w6.xzdio' : 'w1.gzdio',
    _buildhost: 'holdfast',
    use_source_date_epoch_as_buildtime: '1',
    clamp_mtime_to_source_date_epoch: '1',
    // The files are as they shall be: nothing is stripped, compressed or compiled.
    __os_install_post: '%{nil}',
    debug_package: '%{nil}',
    _build_id_links: 'none',
    stage,
  };
  const flags = Object.entries(defines).flatMap(([name, value]) => ['-D', `${name} ${value}`]);
  runTool(['rpmbuild', '-bb', '--target', 'x86_64', ...flags, spec], {
    env: { SOURCE_DATE_EPOCH: String(epochS) },
  });
  const built = join(workspace, 'RPMS/x86_64');
  const [name = ''] = readdirSync(built).filter((file) => file.endsWith('.rpm'));
  copyFileSync(join(built, name), join(output, `holdfast-${version}-1.x86_64.rpm`));
  return join(output, `holdfast-${version}-1.x86_64.rpm`);
}

function specOf({ entries, version }: RpmOptions): string {
  const { summary, paragraphs, license, rpm } = DESCRIPTION;
  const files = entries.map(({ path, mode, contents }) =>
    contents.kind === 'link'
      ? path
      : `%attr(${mode.toString(8).padStart(4, '0')}, root, root) ${path}`,
  );
  const folders = ownFolders(entries).map((folder) => `%dir %attr(0755, root, root) ${folder}`);
  const needs = [
    ...rpm.depends.map((what) => `Requires: ${what}`),
    ...rpm.recommends.map((what) => `Recommends: ${what}`),
    ...rpm.suggests.map((what) => `Suggests: ${what}`),
  ];
  const helper = `${LIBRARY}/packaging`;
  const reload = 'if [ -d /run/systemd/system ]; then systemctl daemon-reload || :; fi';
  return `Name: holdfast
Version: ${version}
Release: 1
Summary: ${summary}
License: ${license}
AutoReqProv: no
${needs.join('\n')}

%description
${paragraphs.join('\n\n')}

%install
cp -a %{stage}/. %{buildroot}/

%files
${[...folders, ...files].join('\n')}

%post
${helper}/keepalived-choice offer
${reload}
if [ "$1" -gt 1 ]; then ${helper}/running-daemons upgrade; fi

%preun
if [ "$1" -eq 0 ]; then
  if [ -d /run/systemd/system ]; then systemctl stop holdfast.service || :; fi
  ${helper}/running-daemons stop
  ${helper}/keepalived-choice withdraw
fi

%postun
${reload}
`;
}
