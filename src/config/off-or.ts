import { z } from 'zod';

/** `false`, or what a schema takes; unlike those of a plain union, its errors are the schema's own. */
export function offOr<T extends z.ZodType>(schema: T) {
  const either = z.unknown().transform((value, context) => {
    if (value === false) return false;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      context.issues.push({ code: 'custom', message: 'must be false or an object', input: value });
      return z.NEVER;
    }
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });
  return either as unknown as z.ZodType<z.output<T> | false, z.input<T> | false>;
}
