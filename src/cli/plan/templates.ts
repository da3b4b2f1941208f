/** `--template`: an operator's own Jinja templates in the place of the files that a plan makes. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import nunjucks from 'nunjucks';
import { failed, ok, type Result } from '../../base/result.ts';
import type { Inventory } from '../../config/cluster/ini.ts';
import type { ClusterHost } from '../../config/model/cluster.ts';
import { PATHS, type PlannedFile } from '../../plan/files.ts';
import type { PlannedHolder, Site } from '../../plan/site.ts';

/** What a template is called, and the file of a host that it makes. */
const TARGETS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(PATHS).map((path) => [basename(path), path]),
);

/**
 * The files with those of the templates in place: `keepalived.conf.j2` makes the keepalived.conf of
 * every holder. A template knows what Ansible would tell it: the variables of the host and its groups,
 * `inventory_hostname`, `groups`, `hostvars`, `ansible_default_ipv4`.
 */
export function withTemplates(
  files: readonly PlannedFile[],
  templates: readonly string[],
  site: Site,
  inventory: Inventory | undefined,
): Result<readonly PlannedFile[], string> {
  const texts = new Map<string, string>();
  for (const template of templates) {
    const name = basename(template).replace(/\.j(?:inja)?2$/, '');
    const path = TARGETS[name];
    if (path === undefined) {
      const known = Object.keys(TARGETS).map((each) => `${each}.j2`);
      return failed(`${template}: its name must be one of ${known.join(', ')}`);
    }
    for (const holder of site.holders) {
      const text = render(template, variablesOf(holder, site, inventory));
      if (!text.ok) return failed(`${template}, for ${holder.host.name}: ${text.reason}`);
      texts.set(`hosts/${holder.host.name}${path}`, text.value);
    }
  }
  return ok(files.map((file) => ({ ...file, text: texts.get(file.path) ?? file.text })));
}

function render(file: string, variables: Variables): Result<string, string> {
  // As Ansible has it: what is not defined is a mistake, and a block's own line break goes with it.
  const options = { autoescape: false, throwOnUndefined: true, trimBlocks: true };
  const environment = new nunjucks.Environment(null, options);
  try {
    return ok(environment.renderString(readFileSync(file, 'utf8'), variables));
  } catch (error) {
    const { message } = error as Error;
    return failed(
      message
        .replace(/^\(unknown path\)\s*/, '')
        .replaceAll('\n', ' ')
        .trim(),
    );
  }
}

type Variables = Record<string, unknown>;

function variablesOf(
  holder: PlannedHolder,
  site: Site,
  inventory: Inventory | undefined,
): Variables {
  const { cluster, holders, servers } = site;
  const hostvars: Record<string, Variables> = {};
  const names = new Map<ClusterHost, string>();
  for (const host of cluster.hosts) {
    const given = inventory?.hosts.find((each) => isThat(each, host));
    const name = given?.name ?? host.name;
    names.set(host, name);
    const place = holders.find((each) => each.host === host);
    const variables = [...(given?.variables ?? [])].map(
      ([key, { value }]) => [key, value] as const,
    );
    hostvars[name] = {
      ...{ name: host.name, vip: site.vips[0]?.address, inventory_hostname: name },
      ...(place !== undefined && { lb: place.state, priority: place.priority }),
      ...Object.fromEntries(variables),
      ansible_default_ipv4: { address: host.address, interface: place?.interface },
    };
  }
  const nameOf = (host: ClusterHost): string => names.get(host) ?? host.name;
  const groups = Object.fromEntries(
    inventory?.groups.map((group) => {
      return [group, inventory.membersOf(group)?.map(({ name }) => name) ?? []] as const;
    }) ?? [
      ['k8s-master', servers.map(nameOf)],
      ['all', cluster.hosts.map(nameOf)],
    ],
  );
  return { ...hostvars[nameOf(holder.host)], hostvars, groups };
}

function isThat({ name, variables }: Inventory['hosts'][number], host: ClusterHost): boolean {
  return name === host.address || (variables.get('name')?.value ?? name) === host.name;
}
