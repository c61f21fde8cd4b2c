import { z } from 'zod';

/** Times at which something happens by the calendar: cron expressions and their time zones. */

interface Field {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly names?: readonly string[];
}

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const days = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** The fields of Unix's cron, in their order. */
const unixFields: readonly Field[] = [
  { what: 'minute', from: 0, to: 59 },
  { what: 'hour', from: 0, to: 23 },
  { what: 'day of the month', from: 1, to: 31 },
  { what: 'month', from: 1, to: 12, names: months },
  { what: 'day of the week', from: 0, to: 7, names: days },
];

/** A value as a number; what is none is outside every field. */
function numberOf(text: string, { from, names = [] }: Field): number {
  const named = names.indexOf(text.toUpperCase());
  if (named >= 0) return named + from;
  return /^\d{1,4}$/.test(text) ? Number(text) : -1;
}

/** `5` or `1-5`, in the field's bounds. */
function isRange(range: string, field: Field): boolean {
  const [first = '', last = first, ...rest] = range.split('-');
  const [from, to] = [numberOf(first, field), numberOf(last, field)];
  return rest.length === 0 && from >= field.from && to <= field.to && from <= to;
}

/** `*`, `5`, `1-5`, with a step such as `/15` behind what covers several values. */
function isPart(part: string, field: Field): boolean {
  const [range = '', ...steps] = part.split('/');
  const isSeveral = range === '*' || range.includes('-');
  const areSteps = steps.length === 0 || (steps.length === 1 && isSeveral && /^[1-9]\d?$/.test(steps.join()));
  return areSteps && (range === '*' || isRange(range, field));
}

/** Those of Docker Machine's periods: seconds before them, years behind. */
const periodFields: readonly Field[] = [
  { what: 'second', from: 0, to: 59 },
  ...unixFields,
  { what: 'year', from: 1970, to: 2099 },
];

/** A cron expression of such fields; `rule` is what an expression must be. */
const expressionOf = (fields: readonly Field[], rule: string) =>
  z.string().superRefine((text, context) => {
    const parts = text.split(' ');
    const wrong = fields.find(
      (field, index) => !(parts[index] ?? '').split(',').every((part) => isPart(part, field)),
    );
    if (parts.length === fields.length && wrong === undefined) return;
    const reason = wrong === undefined || parts.length !== fields.length ? '' : `: its ${wrong.what} is none`;
    context.addIssue({ code: 'custom', message: `${rule}${reason}` });
  });

/** A cron expression of five fields. @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/scheduled-scaling-cron.html */
export const cron = expressionOf(
  unixFields,
  'must be a cron expression of five fields such as 0 20 * * MON-FRI',
);

/** A period of Docker Machine: seven fields. @see https://docs.gitlab.com/runner/configuration/autoscale/#periods-syntax */
export const machinePeriod = expressionOf(
  periodFields,
  'must be a period of seven fields (second, minute, hour, day of the month, month, day of the week, year) such as * * 9-17 * * mon-fri *',
);

const isKnown = (timeZone: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
    return true;
  } catch {
    return false;
  }
};

/** A time zone by its IANA name. @see https://www.iana.org/time-zones */
export const timezone = z
  .string()
  .refine(
    (name) => /^[A-Z][A-Za-z0-9_+-]*(\/[A-Z][A-Za-z0-9_+-]*)*$/.test(name) && isKnown(name),
    'must be the IANA name of a time zone such as Europe/Berlin',
  );
