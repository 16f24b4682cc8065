import { expect, test } from 'vitest';
import { asCurl, fill, readDocument } from './operations';

const doc = {
  components: { schemas: { Patch: { type: 'object', properties: { $schema: { type: 'string' }, tags: { type: 'array' }, kind: { enum: ['a', 'b'] }, n: { type: 'integer' } } } } },
  paths: {
    '/api/v1/devices/{id}': {
      patch: {
        operationId: 'change-device', tags: ['Devices'], summary: 'Change',
        parameters: [{ name: 'id', in: 'path', required: true }, { name: 'dry', in: 'query', schema: { enum: ['yes', 'no'] } }, { name: 'c', in: 'cookie' }],
        requestBody: { content: { 'application/merge-patch+json': { schema: { $ref: '#/components/schemas/Patch' } } } },
      },
      parameters: [],
    },
    '/api/v1/events': { get: { operationId: 'follow', tags: ['Events'], responses: { 200: { content: { 'text/event-stream': {} } } } } },
  },
};

test('a document is read as far as it is shown', () => {
  const [change, follow] = readDocument(doc);
  expect(change).toMatchObject({ id: 'change-device', method: 'PATCH', bodyType: 'application/merge-patch+json', streams: false });
  expect(change?.parameters.map((p) => `${p.in} ${p.name} ${p.values.join('|')}`)).toEqual(['path id ', 'query dry yes|no']);
  expect(JSON.parse(change?.body ?? '')).toEqual({ tags: [], kind: 'a', n: 0 });
  expect(follow).toMatchObject({ id: 'follow', streams: true, bodyType: '' });
  expect(readDocument(null)).toEqual([]);
});

test('an address and a shell get each value whole', () => {
  const [op] = readDocument(doc);
  if (!op) throw new Error('no operation');
  const address = fill(op, { id: 'dev/1', dry: 'yes' });
  expect(address).toBe('/api/v1/devices/dev%2F1?dry=yes');
  expect(asCurl(op, `http://h${address}`, '{\n  "tags": ["it\'s"]\n}')).toBe(
    `curl -X PATCH -H "Authorization: Bearer $BEDRAIL_TOKEN" -H 'Content-Type: application/merge-patch+json' -d '{ "tags": ["it'\\''s"] }' 'http://h/api/v1/devices/dev%2F1?dry=yes'`,
  );
});
