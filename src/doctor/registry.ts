/** All checks, as data: the doctor, --explain and docs/doctor.md are made of it. */
import { CLOUD_CHECKS } from './checks/cloud.ts';
import { FIREWALL_CHECKS } from './checks/firewall.ts';
import { HOST_CHECKS } from './checks/host.ts';
import { MANAGER_CHECKS } from './checks/managers.ts';
import { NEIGHBOUR_CHECKS } from './checks/neighbours.ts';
import { SETTING_CHECKS } from './checks/settings.ts';
import type { DoctorCheck } from './types.ts';

export const CHECKS: readonly DoctorCheck[] = [
  ...HOST_CHECKS,
  ...SETTING_CHECKS,
  ...FIREWALL_CHECKS,
  ...MANAGER_CHECKS,
  ...CLOUD_CHECKS,
  ...NEIGHBOUR_CHECKS,
];
