/** Validation by any Standard Schema: what the schema returns goes on, what it does not accept is a failed record. */
import { SchemaError } from '../core/errors.js';
import { isPromise } from '../core/maybe.js';
import type { StandardIssue, StandardResult, StandardSchema } from '../core/schema.js';
import type { AsyncStep, StepInput, TransformStep } from '../plan/step.js';
import type { Naming } from './make.js';
import { mapAsync } from './map-async.js';
import { map } from './map.js';

/** Schemas under validation at once, where the schema is asynchronous. */
const CONCURRENCY = 64;

/** `asynchronous`: the schema answers with promises. A schema that is said to be synchronous and is not fails the record, with a hint. */
export function parse<Out>(input: StepInput, schema: StandardSchema<unknown, Out>, asynchronous: boolean, options?: Naming): TransformStep | AsyncStep {
  const standard = (schema as Partial<StandardSchema<unknown, Out>> | undefined)?.['~standard'];
  const problems =
    typeof standard?.validate === 'function'
      ? []
      : [{ code: 'schema', where: '', what: 'the schema does not implement Standard Schema (it has no `~standard.validate`).', fix: 'Use zod >= 3.24, valibot >= 1, arktype >= 2, or another that does.' }];
  const validate = validatorOf(schema, asynchronous);
  const now = (value: unknown): Out => {
    const answer = validate(value);
    if (!isPromise(answer)) return take(answer);
    answer.then(undefined, () => {});
    throw new SchemaError([{ path: '', message: 'the schema is asynchronous; say so with `parse(schema, { async: true })`' }]);
  };
  const step = asynchronous
    ? mapAsync<unknown, Out>(input, async value => take(await validate(value)), { concurrency: CONCURRENCY, order: 'input' }, options)
    : map<unknown, Out>(input, now, options);
  return { ...step, operator: 'parse', problems: [...(step.problems ?? []), ...problems] };
}

/** What zod's schemas have besides: its `~standard` tries synchronously first, abandons what that began, and takes a throw for a promise. */
interface Zod<Out> {
  safeParse?(value: unknown): ZodResult<Out>;
  safeParseAsync?(value: unknown): Promise<ZodResult<Out>>;
}
type ZodResult<Out> = { readonly success: true; readonly data: Out } | { readonly success: false; readonly error: { readonly issues: readonly StandardIssue[] } };

function validatorOf<Out>(schema: StandardSchema<unknown, Out>, asynchronous: boolean): (value: unknown) => StandardResult<Out> | Promise<StandardResult<Out>> {
  const zod = schema as Zod<Out>;
  const standard = (schema as Partial<StandardSchema<unknown, Out>> | undefined)?.['~standard'];
  const result = (answer: ZodResult<Out>): StandardResult<Out> => (answer.success ? { value: answer.data } : { issues: answer.error.issues });
  if (standard?.vendor === 'zod' && asynchronous && zod.safeParseAsync !== undefined) return async value => result((await zod.safeParseAsync?.(value)) as ZodResult<Out>); // just seen to be there
  if (standard?.vendor === 'zod' && !asynchronous && zod.safeParse !== undefined) {
    return value => {
      try {
        return result(zod.safeParse?.(value) as ZodResult<Out>); // just seen to be there
      } catch (cause) {
        if (cause instanceof Error && cause.constructor.name === '$ZodAsyncError') return Promise.reject(cause);
        throw cause;
      }
    };
  }
  return value => schema['~standard'].validate(value);
}

function take<Out>(answer: StandardResult<Out>): Out {
  if (answer.issues === undefined) return answer.value;
  throw new SchemaError(answer.issues.map(({ message, path }) => ({ message, path: (path ?? []).map(p => String(typeof p === 'object' ? p.key : p)).join('.') })));
}
