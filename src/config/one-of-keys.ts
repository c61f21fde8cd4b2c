import { z } from 'zod';

/**
 * One of several objects that are told apart by the key that only one of them has
 * (`{ packer }`, `{ ami }` or `{ stock }`). Unlike a plain union its errors are those of the one that is meant.
 */
export function oneOfKeys<T extends Record<string, z.ZodType>>(options: T) {
  const keys = Object.keys(options);
  const choose = (value: unknown) => {
    const given = value !== null && typeof value === 'object' ? keys.filter((key) => key in value) : [];
    return given.length === 1 ? options[given[0] as string] : undefined;
  };
  const schema = z.unknown().transform((value, context) => {
    const chosen = choose(value);
    if (chosen === undefined) {
      const message = `must be an object with exactly one of ${keys.join(', ')}`;
      context.issues.push({ code: 'custom', message, input: value });
      return z.NEVER;
    }
    const result = chosen.safeParse(value);
    if (result.success) return result.data;
    context.issues.push(...(result.error.issues as z.core.$ZodRawIssue[]));
    return z.NEVER;
  });
  return schema as unknown as z.ZodType<z.output<T[keyof T]>, z.input<T[keyof T]>>;
}
