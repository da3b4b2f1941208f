/** The options of `holdfast run`, as Node's parser takes them. */
export const RUN_FLAGS = {
  options: {
    config: { type: 'string', short: 'f', multiple: true },
    'config-id': { type: 'string', short: 'i' },
    pid: { type: 'string', short: 'p' },
    detail: { type: 'boolean', short: 'D' },
    'log-format': { type: 'string' },
    syslog: { type: 'boolean' },
    namespace: { type: 'string' },
    record: { type: 'string' },
    'record-limit': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
} as const;
