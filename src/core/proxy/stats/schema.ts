/** JSON schema of `show info json` and `show stat json`. */
const text = { type: 'string' };
const natural = { type: 'integer', minimum: 0 };

const item = {
  field: { $ref: '#/definitions/field' },
  processNum: { $ref: '#/definitions/processNum' },
  tags: { $ref: '#/definitions/tags' },
  value: { $ref: '#/definitions/typedValue' },
};

function object(title: string, properties: Readonly<Record<string, unknown>>) {
  return { title, type: 'object', properties, required: Object.keys(properties) };
}

function oneOf(...values: string[]) {
  return { type: 'string', enum: values };
}

export const schemaJson: string = JSON.stringify({
  $schema: 'http://json-schema.org/draft-04/schema#',
  oneOf: [
    { title: 'Info', type: 'array', items: object('InfoItem', item) },
    {
      title: 'Stat',
      type: 'array',
      items: {
        title: 'StatRow',
        type: 'array',
        items: object('StatItem', {
          objType: oneOf('Frontend', 'Backend', 'Listener', 'Server'),
          proxyId: natural,
          id: natural,
          ...item,
        }),
      },
    },
  ],
  definitions: {
    field: object('Field', { pos: natural, name: text }),
    processNum: { ...natural, minimum: 1 },
    tags: object('Tags', {
      origin: oneOf('Metric', 'Status', 'Key', 'Config', 'Product', 'Unknown'),
      nature: oneOf(
        ...['Gauge', 'Limit', 'Min', 'Max', 'Rate', 'Counter', 'Duration'],
        ...['Age', 'Time', 'Name', 'Output', 'Avg', 'Unknown'],
      ),
      scope: oneOf('Cluster', 'Process', 'Service', 'System', 'Unknown'),
    }),
    typedValue: {
      title: 'TypedValue',
      oneOf: ['u32', 's32', 'u64', 'str'].map((type) =>
        object(type, {
          type: oneOf(type),
          value: type === 'str' ? text : type === 's32' ? { type: 'integer' } : natural,
        }),
      ),
    },
  },
});
