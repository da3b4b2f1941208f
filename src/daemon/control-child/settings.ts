import type { ControlChildSettings } from '../../api/control-child.ts';
import type { Model } from '../../config/model/model.ts';
import { findIdentity } from '../../linux/accounts.ts';
import { besidePidFile } from '../instance-names.ts';
import { findNobody } from '../nobody.ts';

export interface SettingsNote {
  readonly settings: ControlChildSettings | undefined;
  /** For the log. */
  readonly warning?: string;
}

/** Where the checker process tells the control child what it knows: nobody may connect. */
export function figuresSocketPath(pidFile: string): string {
  return besidePidFile(pidFile, 'figures');
}

/** What the control child is to do; undefined where the configuration needs none. */
export function controlChildSettings({ global, checker }: Model, pidFile: string): SettingsNote {
  const { httpSocket, metricsListen, controlGroup } = global;
  if (httpSocket === undefined && metricsListen === undefined) return { settings: undefined };
  const group = controlGroup === undefined ? undefined : findIdentity(undefined, controlGroup);
  const gid = group?.ok === true ? group.value.gid : undefined;
  const settings: ControlChildSettings = {
    ...(httpSocket !== undefined && {
      httpSocket: { path: httpSocket, ...(gid !== undefined && { gid }) },
    }),
    ...(metricsListen !== undefined && { metricsListen }),
    ...(checker !== undefined && { figuresSocket: figuresSocketPath(pidFile) }),
    identity: findNobody(),
  };
  return group?.ok === false
    ? { settings, warning: `control_group: ${group.reason}: only root may use the HTTP socket` }
    : { settings };
}
