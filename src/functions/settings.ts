/** Settings of a function: its construct writes them into a variable, and its handler reads them from there. */

/** Environment variables of every function: its settings, as JSON. */
export interface FunctionVariables {
  /** The settings. */
  readonly SETTINGS: string;
}

/** What a setting must be. */
export interface Rule {
  /** In words. */
  readonly what: string;
  /** Whether a value is that. */
  readonly holds: (value: unknown) => boolean;
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== '';

const isWhole = (value: unknown, least: number, most = Infinity): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most;

/** A text that is not empty. */
export const aName: Rule = { what: 'a name', holds: isName };

/** At least one name: a list of none would be a function that looks at nothing. */
export const aListOfNames: Rule = {
  what: 'a list of names',
  holds: (value) => Array.isArray(value) && value.length > 0 && value.every(isName),
};

/** A TCP port. */
export const aPort: Rule = { what: 'a port', holds: (value) => isWhole(value, 1, 65535) };

/** 0 or more. */
export const aWholeNumber: Rule = { what: 'a whole number', holds: (value) => isWhole(value, 0) };

/** 1 or more. */
export const aNumberAboveZero: Rule = {
  what: 'a whole number above 0',
  holds: (value) => isWhole(value, 1),
};

/** Yes or no. */
export const yesOrNo: Rule = { what: 'true or false', holds: (value) => typeof value === 'boolean' };

function parsedJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new Error(`SETTINGS must be JSON, got ${text ?? 'nothing'}`);
  }
}

/** Reads settings from the variable; everything that is wrong with them is told in one error. */
export const settingsBy =
  <Settings>(rules: Readonly<Record<keyof Settings & string, Rule>>) =>
  (text: string | undefined): Settings => {
    const settings = Object(parsedJson(text)) as Record<string, unknown>;
    const wrong = Object.entries<Rule>(rules).flatMap(([name, { what, holds }]) =>
      holds(settings[name])
        ? []
        : [`SETTINGS.${name} must be ${what}, got ${JSON.stringify(settings[name])}`],
    );
    if (wrong.length > 0) throw new Error(wrong.join('; '));
    return settings as Settings;
  };
