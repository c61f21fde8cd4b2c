/** As much of IAM as the policies of this project need: which calls a list of statements allows. */

/** A statement as it stands in the document. */
export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** Keys of a call and of one of its resources. */
export type Context = Readonly<Record<string, string | readonly string[]>>;

/** A call: AWS looks at each of its resources, with the keys that hold for this one. */
export interface Call {
  readonly action: string;
  readonly resources: readonly { readonly arn: string; readonly context: Context }[];
}

/** `*` and `?` as IAM has them. */
const matches = (pattern: string, text: string): boolean => {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
};

type Operator = (actual: string, wanted: string) => boolean;

const operators: Readonly<Record<string, Operator>> = {
  StringEquals: (actual, wanted) => actual === wanted,
  Bool: (actual, wanted) => actual === wanted,
  ArnEquals: (actual, wanted) => matches(wanted, actual),
  ArnLike: (actual, wanted) => matches(wanted, actual),
  NumericLessThanEquals: (actual, wanted) => Number(actual) <= Number(wanted),
};

const ofAllValues = 'ForAllValues:';

/** Whether a key is missing, as wanted. */
const holdsNull = (keys: Readonly<Record<string, string | readonly string[]>>, context: Context): boolean =>
  Object.entries(keys).every(([key, wanted]) => String(context[key] === undefined) === wanted);

/** All keys must hold, each for one of its values; a key that the call has not doesn't, unless all of none are asked for. */
const holds = (condition: NonNullable<PolicyStatement['Condition']>, context: Context): boolean =>
  Object.entries(condition).every(([name, keys]) => {
    if (name === 'Null') return holdsNull(keys, context);
    const operator = operators[name.replace(ofAllValues, '')];
    if (operator === undefined) throw new Error(`${name} is not evaluated here`);
    return Object.entries(keys).every(([key, values]) => {
      const actual = [context[key] ?? []].flat();
      const isOne = actual.length === 1 || name.startsWith(ofAllValues);
      return isOne && actual.every((one) => [values].flat().some((wanted) => operator(one, wanted)));
    });
  });

/** Policy variables in a resource, as the caller is. */
const filled = (resource: string, context: Context): string =>
  resource.replace(/\$\{([^}]+)\}/g, (_, key: string) => String(context[key] ?? `no ${key}`));

/** Whether these statements allow a call. */
export const allows = (statements: readonly PolicyStatement[], { action, resources }: Call): boolean =>
  resources.every(({ arn, context }) =>
    statements.some(
      (statement) =>
        statement.Action.some((pattern) => matches(pattern, action)) &&
        statement.Resource.some((pattern) => matches(filled(pattern, context), arn)) &&
        holds(statement.Condition ?? {}, context),
    ),
  );
