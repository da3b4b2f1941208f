import type { ControlChildSettings } from '../../api/control-child.ts';
import type { Model } from '../../config/model/model.ts';
import { findIdentity } from '../../linux/accounts.ts';

/** What the kernel calls nobody, where /etc/passwd does not. */
const NOBODY = 65_534;

export interface SettingsNote {
  readonly settings: ControlChildSettings | undefined;
  /** For the log. */
  readonly warning?: string;
}

/** What the control child is to do; undefined where the configuration needs none. */
export function controlChildSettings({ global }: Model): SettingsNote {
  const { httpSocket, metricsListen, controlGroup } = global;
  if (httpSocket === undefined && metricsListen === undefined) return { settings: undefined };
  const group = controlGroup === undefined ? undefined : findIdentity(undefined, controlGroup);
  const gid = group?.ok === true ? group.value.gid : undefined;
  const nobody = findIdentity('nobody', undefined);
  const { uid = NOBODY, gid: nogroup = NOBODY } = nobody.ok ? nobody.value : {};
  const settings: ControlChildSettings = {
    ...(httpSocket !== undefined && {
      httpSocket: { path: httpSocket, ...(gid !== undefined && { gid }) },
    }),
    ...(metricsListen !== undefined && { metricsListen }),
    identity: { uid, gid: nogroup },
  };
  return group?.ok === false
    ? { settings, warning: `control_group: ${group.reason}: only root may use the HTTP socket` }
    : { settings };
}
