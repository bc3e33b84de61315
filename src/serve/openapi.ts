/** The served views as an OpenAPI 3.1 document, made from the same schemas that check the parameters. */
import { z } from 'zod';
import type { Json } from '../core/values.js';
import type { Settings } from './options.js';
import { KEYS, KEY_FORMS, PARAMETERS, type ViewRoute } from './parameters.js';
import { PATHS } from './routes.js';

const SUMMARY: { readonly [R in ViewRoute]: string } = {
  status: 'What the view is at the moment.',
  query: 'The aggregate of one key over a range.',
  queryMany: 'The same of several keys, in their order.',
  series: 'The granules of one key in a range that have something, in order.',
  entries: 'Keys with something in the range, in the order of keys.',
  top: 'The keys with the largest values.',
  changes: 'Every change from now on, as server-sent events named "change".',
};
const LINED: readonly ViewRoute[] = ['series', 'entries'];
const tagged = { description: 'Plain data as JSON; what JSON cannot carry is an object with one member that begins with $, such as {"$bigint":"7"}, {"$number":"-Infinity"}, {"$date":0}, {"$map":[[key,value]]}.' };

const schemaOf = (schema: z.ZodType): { readonly [name: string]: Json } => {
  const { $schema: _, description: __, default: ___, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return JSON.parse(JSON.stringify(rest)) as { readonly [name: string]: Json }; // a JSON Schema is JSON
};
const parameter = (name: string, schema: z.ZodType, required: boolean, more: { readonly [name: string]: Json } = {}): Json => ({ name, in: 'query', required, description: z.globalRegistry.get(schema)?.description ?? descriptionOf(schema), schema: schemaOf(schema), ...more });
const descriptionOf = (schema: z.ZodType): string => (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault ? (z.globalRegistry.get(schema.unwrap() as z.ZodType)?.description ?? '') : '');

function parametersOf(route: ViewRoute, mostKeys: number): Json[] {
  const many = KEYS[route] === 'many' || KEYS[route] === 'any';
  const keys = KEYS[route] === 'none' ? [] : Object.entries(KEY_FORMS).map(([name, schema]) => (many ? { name, in: 'query', required: false, description: descriptionOrEmpty(schema), schema: { type: 'array', maxItems: mostKeys, items: schemaOf(schema) }, explode: true } : parameter(name, schema, false)));
  return [...keys, ...Object.entries(PARAMETERS[route].shape).map(([name, schema]: [string, z.ZodType]) => parameter(name, schema, !schema.safeParse(undefined).success))];
}
const descriptionOrEmpty = (schema: z.ZodType): string => z.globalRegistry.get(schema)?.description ?? '';

const ref = (name: string): Json => ({ $ref: `#/components/responses/${name}` });
const content = (schema: Json): Json => ({ 'application/json': { schema } });

/** The document. */
export function openApi(names: readonly string[], { authorize, base, limits }: Settings): Json {
  const refusals = { '400': ref('Refusal'), '403': ref('Refusal'), '429': ref('Refusal'), '503': ref('Refusal'), ...(authorize === undefined ? {} : { '401': ref('Refusal') }) };
  const operation = (summary: string, ok: Json, more: { readonly [name: string]: Json } = {}): Json => ({ get: { summary, ...more, responses: { '200': ok, ...refusals } } });
  const paths: { [path: string]: Json } = {
    '/views': operation('The views there are.', { description: 'Their names.', content: content({ type: 'object', required: ['views'], properties: { views: { type: 'array', items: { type: 'object', required: ['name', 'version'], properties: { name: { type: 'string' }, version: { type: ['integer', 'null'] } } } } } }) }),
    '/health': operation('The process answers.', { description: 'It does.', content: content({ type: 'object' }) }),
    '/ready': operation('All views answer.', { description: 'They do.', content: content({ type: 'object' }) }),
  };
  for (const name of names) {
    for (const [end, route] of Object.entries(PATHS)) {
      const types: { readonly [type: string]: Json } =
        route === 'changes' ? { 'text/event-stream': { schema: { type: 'string' } } } : { 'application/json': { schema: route === 'status' ? { type: 'object' } : { $ref: '#/components/schemas/Answer' } }, ...(LINED.includes(route) ? { 'application/x-ndjson': { schema: { type: 'string' } } } : {}) };
      const more = { operationId: `${name}.${route}`, tags: [name], parameters: parametersOf(route, limits.keys) };
      paths[`/views/${name}${end === '' ? '' : `/${end}`}`] = { get: { summary: SUMMARY[route], ...more, responses: { '200': { description: SUMMARY[route], content: types }, '304': { description: 'It is what the client has.' }, '404': ref('Refusal'), '409': ref('Refusal'), ...refusals } } };
    }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Views', version: '1', description: 'Views served by Millrace. Nothing can be changed here.' },
    ...(base === undefined ? {} : { servers: [{ url: base }] }),
    ...(authorize === undefined ? {} : { security: [{ bearer: [] }] }),
    paths,
    components: {
      ...(authorize === undefined ? {} : { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } }),
      responses: { Refusal: { description: 'Why not.', content: content({ type: 'object', required: ['error'], properties: { error: { type: 'object', required: ['code', 'message'], properties: { code: { type: 'string' }, message: { type: 'string' } } } } }) } },
      schemas: {
        Tagged: tagged,
        Answer: {
          type: 'object',
          required: ['value', 'version', 'cut', 'watermark', 'complete', 'gaps'],
          properties: {
            value: { $ref: '#/components/schemas/Tagged' },
            version: { type: 'integer', description: 'Of the batch view that is in it; 0: there was none.' },
            cut: { type: 'array', items: { type: 'integer' } },
            watermark: { $ref: '#/components/schemas/Tagged' },
            complete: { type: 'boolean', description: 'Nothing is missing, and nothing more is expected in the range.' },
            gaps: { type: 'array', items: { type: 'object' } },
          },
        },
      },
    },
  };
}
