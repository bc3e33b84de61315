import { beforeAll, describe, expect, it } from 'vitest';
import { openApi } from '../../src/serve/openapi.js';
import { common, settingsOf } from '../../src/serve/options.js';
import { pageViews } from './kit.js';

interface Parameter {
  readonly name: string;
  readonly required: boolean;
  readonly description: string;
  readonly schema: { readonly type?: string };
}
type Document = { readonly paths: { readonly [path: string]: { readonly get: { readonly parameters?: readonly Parameter[]; readonly operationId?: string; readonly responses: object } } }; readonly [name: string]: unknown };

let views: Awaited<ReturnType<typeof pageViews>>;
beforeAll(async () => {
  views = await pageViews();
});
const document = (options: object = {}): Document => openApi(['pages'], settingsOf('test', common, views, options)) as unknown as Document;

describe('the OpenAPI document', () => {
  it('has each route of each view, with the parameters that are taken', () => {
    const { paths } = document();
    expect(Object.keys(paths)).toEqual(['/views', '/health', '/ready', ...['', '/query', '/query-many', '/series', '/entries', '/top', '/changes'].map(end => `/views/pages${end}`)]);
    const names = (path: string): string[] => (paths[path]?.get.parameters ?? []).map(({ name, required }) => (required ? `${name}!` : name));
    expect(names('/views/pages/query')).toEqual(['key', 'keyJson', 'from', 'to', 'partial', 'asOf', 'complete']);
    expect(names('/views/pages/top')).toEqual(['from', 'to', 'partial', 'asOf', 'complete', 'n!']);
    expect(names('/views/pages/entries')).toContain('afterJson');
  });
  it('says of each parameter what it is, and refers to nothing that it does not have', () => {
    const whole = document({ authorize: () => true, base: '/live' });
    for (const [path, { get }] of Object.entries(whole.paths)) {
      for (const { name, description, schema } of get.parameters ?? []) {
        if (name !== 'partial' || path !== '') expect([path, name, description === '', schema.type]).toEqual([path, name, false, name.startsWith('key') && /many|changes/.test(path) && name.length <= 7 ? 'array' : 'string']);
      }
    }
    for (const [, place] of JSON.stringify(whole).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      let found: unknown = whole;
      for (const part of place?.split('/') ?? []) found = (found as { readonly [name: string]: unknown })[part];
      expect(found, place).toBeDefined();
    }
    expect(whole).toMatchObject({ openapi: '3.1.0', servers: [{ url: '/live' }], security: [{ bearer: [] }] });
    expect(document()).not.toHaveProperty('security');
  });
});
